import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Asked, Problem } from '../ask.js';

/** Rows of a question while they are being edited. Complete rows are in the address; the others exist in the page only. */
export interface Draft<D> {
  id: number;
  typed: D;
}

export interface Drafts<D> {
  drafts: Draft<D>[];
  /** Replaces the rows, and applies those that are complete. */
  change: (drafts: Draft<D>[]) => void;
  add: (typed: D) => void;
  set: (id: number, typed: D) => void;
  remove: (id: number) => void;
  /** The index of a row among the complete ones, which the API uses to name it; -1 for an incomplete row. */
  placeOf: (id: number) => number;
}

let ids = 0;

const draft = <D>(typed: D): Draft<D> => ({ id: ++ids, typed });

/**
 * @param applied the rows in the address. If these change by anything but this editor, such as Back, the drafts are replaced
 * @param toRow returns undefined for an incomplete row
 */
export function useDrafts<D, T>(
  applied: readonly T[],
  toDraft: (row: T) => D,
  toRow: (typed: D) => T | undefined,
  apply: (rows: T[]) => void,
): Drafts<D> {
  const [drafts, setDrafts] = useState(() => applied.map((row) => draft(toDraft(row))));
  const complete = (some: Draft<D>[]): T[] =>
    some.flatMap(({ typed }) => {
      const row = toRow(typed);
      return row === undefined ? [] : [row];
    });
  const text = JSON.stringify(applied);
  const own = useRef(text);
  // Before the next frame, so that no other part of the page is painted at a place that it leaves at once.
  useLayoutEffect(() => {
    if (text === own.current) return;
    own.current = text;
    // Rows that are filled in for the first time stay the same elements, so that what is being typed into them is not lost. So do rows that
    // have not changed, so that the focus stays among them.
    const isFirst = complete(drafts).length === 0;
    const isSame = (row: T, one: Draft<D>): boolean => JSON.stringify(toRow(one.typed)) === JSON.stringify(row);
    setDrafts(
      applied.map((row, index) => {
        const former = drafts[index];
        return { ...draft(toDraft(row)), ...(former && (isFirst || isSame(row, former)) && { id: former.id }) };
      }),
    );
  }, [text]);
  const change = (next: Draft<D>[]): void => {
    setDrafts(next);
    const rows = complete(next);
    const changed = JSON.stringify(rows);
    if (changed === own.current) return;
    own.current = changed;
    apply(rows);
  };
  return {
    drafts,
    change,
    add: (typed) => change([...drafts, draft(typed)]),
    set: (id, typed) => change(drafts.map((one) => (one.id === id ? { id, typed } : one))),
    remove: (id) => change(drafts.filter((one) => one.id !== id)),
    placeOf: (id) => drafts.filter(({ typed }) => toRow(typed) !== undefined).findIndex((one) => one.id === id),
  };
}

/** The API's message about a member of the question, such as `steps[1].event`, or about a part of that member. */
export function faultAt(problem: Problem | undefined, member: string): string | undefined {
  if (!problem?.member.startsWith(member)) return undefined;
  return /^($|[.[])/.test(problem.member.slice(member.length)) ? atField(problem) : undefined;
}

/** The words of the page for members that the API names in the message about another member. */
const WORDS: Record<string, string> = { window: 'a time limit', from: 'the first day' };

/** A message for display at its field, without names of members. */
export const atField = ({ error }: Problem): string =>
  error.replace(/^`[^`]*`/, 'This').replace(/`(\w+)`/g, (whole, name: string) => WORDS[name] ?? whole);

/** The problem, unless one of these members' fields shows it. */
export function besideFields<A extends Asked<unknown>>(asked: A, members: readonly string[]): A {
  if (!members.some((member) => faultAt(asked.problem, member) !== undefined)) return asked;
  const { problem: _, ...rest } = asked;
  return rest as A;
}
