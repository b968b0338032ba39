import { useEffect, useState } from 'preact/hooks';
import { MOST_DAYS, type Condition, type Range } from '../protocol/reports.js';
import { addDays, daysIn, isDay, today, wholeDays } from './days.js';
import { timeZone } from './format.js';
import { address } from './site.js';

/**
 * What a report shows is its address: it can be kept and passed on, and the way back undoes the last change. All reports share the days,
 * the comparison and the filter, which a link from one to another takes along.
 */

/** Whole weeks: compared with the days before, each day has the same day of the week beside it. */
export const PRESETS = { '7': '7 days', '28': '28 days', '91': '91 days', month: 'This month' } as const;

export type Preset = keyof typeof PRESETS;

export interface View extends Range {
  /** The days by name, where they have one: they go on with the calendar. */
  preset?: Preset;
  compare: boolean;
  /** All of them hold. */
  filter: Condition[];
}

const DEFAULT: Preset = '28';

/** Names in the address. */
const SHARED = ['days', 'from', 'to', 'compare', 'filter'];

const CHANGED = 'kmq-address';

/** The parameters of the address; the component is drawn anew when they change. */
export function useParameters(): URLSearchParams {
  const [search, setSearch] = useState(location.search);
  useEffect(() => {
    const changed = (): void => setSearch(location.search);
    addEventListener('popstate', changed);
    addEventListener(CHANGED, changed);
    return () => {
      removeEventListener('popstate', changed);
      removeEventListener(CHANGED, changed);
    };
  }, []);
  return new URLSearchParams(search);
}

/**
 * Changes the address, a step that the browser's way back undoes.
 * @param changes a value for each name; null takes it away
 * @param replace in the place of the step before: what the page itself fills in is none of its own
 */
export function setParameters(changes: Record<string, string | null>, { replace = false } = {}): void {
  const parameters = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) parameters.delete(name);
    else parameters.set(name, value);
  }
  const search = `?${parameters.toString()}`;
  if (search === location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', location.pathname + search);
  dispatchEvent(new Event(CHANGED));
}

/** What the address says, without what is none: an address may have been cut, or be of another version. */
export function viewOf(parameters: URLSearchParams): View {
  const filter = conditionsOf(parameters.get('filter'));
  const compare = parameters.get('compare') !== 'no';
  const [from, to] = [parameters.get('from') ?? '', parameters.get('to') ?? ''];
  if (isDay(from) && isDay(to) && from <= to && daysIn({ from, to }) <= MOST_DAYS) return { from, to, compare, filter };
  const named = parameters.get('days') ?? DEFAULT;
  const preset = Object.hasOwn(PRESETS, named) ? (named as Preset) : DEFAULT;
  return { ...rangeOf(preset), preset, compare, filter };
}

export const useView = (): View => viewOf(useParameters());

/** The days of a preset, today among them. */
export function rangeOf(preset: Preset, to = today(timeZone())): Range {
  return { from: preset === 'month' ? `${to.slice(0, 7)}-01` : addDays(to, 1 - Number(preset)), to };
}

/** Days that are over, and those that they are compared with. */
export interface ComparedDays {
  over: Range;
  before: Range;
  /** No day is open: `over` is all of them. */
  isWhole: boolean;
}

/**
 * What stands beside the days that are shown: as many directly before, of a month the same days of the month before. What an open day has
 * so far says nothing of what it will have, so that it is left out, and so is its day before. Undefined where no day is over.
 */
export function comparedDays({ from, to, preset }: Pick<View, 'from' | 'to' | 'preset'>): ComparedDays | undefined {
  const over = wholeDays({ from, to }, today(timeZone()));
  if (!over) return undefined;
  const isWhole = over.to === to;
  if (preset === 'month') {
    const last = addDays(from, -1);
    const first = `${last.slice(0, 8)}01`;
    const day = addDays(first, daysIn(over) - 1);
    return { over, before: { from: first, to: day < last ? day : last }, isWhole };
  }
  const back = -daysIn({ from, to });
  return { over, before: { from: addDays(over.from, back), to: addDays(over.to, back) }, isWhole };
}

/** Changes what is shown, a step that can be undone. */
export function setView(changes: { days?: Preset | Range; compare?: boolean; filter?: Condition[] }): void {
  setParameters(inAddress(changes));
}

/** Adds a condition to those that hold already. */
export function narrow(condition: Condition): void {
  const { filter } = viewOf(new URLSearchParams(location.search));
  const text = JSON.stringify(condition);
  if (!filter.some((one) => JSON.stringify(one) === text)) setView({ filter: [...filter, condition] });
}

/**
 * A condition of the days that are shown, whichever these are: it goes along when others are chosen, and with the days before when they
 * are compared.
 */
export const inShownDays = <C extends Condition>(condition: C): C => ({ ...condition, days: SHOWN });

const SHOWN = 'shown';

/** The filter as a question has it. @param range the days of the question, where they are not those that are shown */
export function filterOf(
  conditions: Condition[],
  range: Range = viewOf(new URLSearchParams(location.search)),
): { filter?: Condition } {
  if (conditions.length === 0) return {};
  const filter = conditions.map((condition) => within(condition, range));
  return { filter: filter.length === 1 ? filter[0]! : { all: filter } };
}

function within(condition: Condition, { from, to }: Range): Condition {
  const list = (conditions: Condition[]): Condition[] => conditions.map((one) => within(one, { from, to }));
  if ('all' in condition && Array.isArray(condition.all)) return { all: list(condition.all) };
  if ('any' in condition && Array.isArray(condition.any)) return { any: list(condition.any) };
  const { days, ...said } = condition as Condition & { days?: unknown };
  return days === SHOWN ? { ...said, from, to } : condition;
}

/** The address of another report, of the same days and people. @param parameters of its own */
export function reportAddress(path: string, parameters: Record<string, string> = {}): string {
  const here = new URLSearchParams(location.search);
  const shared = SHARED.flatMap((name) => (here.has(name) ? [[name, here.get(name)!]] : []));
  return address(path, { ...(Object.fromEntries(shared) as Record<string, string>), ...parameters });
}

/** The people behind a number. */
export const peopleAddress = (cell: string): string => reportAddress('/people', { cell });

function inAddress({ days, compare, filter }: Parameters<typeof setView>[0]): Record<string, string | null> {
  return {
    ...(typeof days === 'string' && { days: days === DEFAULT ? null : days, from: null, to: null }),
    ...(typeof days === 'object' && { days: null, from: days.from, to: days.to }),
    ...(compare !== undefined && { compare: compare ? null : 'no' }),
    ...(filter && { filter: filter.length ? JSON.stringify(filter) : null }),
  };
}

function conditionsOf(text: string | null): Condition[] {
  try {
    const read: unknown = JSON.parse(text ?? '[]');
    const isCondition = (one: unknown): one is Condition => typeof one === 'object' && one !== null;
    return Array.isArray(read) ? read.filter(isCondition) : [];
  } catch {
    return [];
  }
}
