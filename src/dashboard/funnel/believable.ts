import { foldText } from '../../protocol/fold.js';
import type { Name, PeopleAnswer, PeopleQuestion, Step } from '../../protocol/reports.js';
import { isAutomatic } from '../../protocol/automatic.js';

/**
 * Suggests a funnel if the reader has not chosen one: from the visit, through the events that most people did on their way, to
 * the likely goal of the site.
 */
export interface Course {
  /** The event with which visits begin. */
  entry?: string | undefined;
  /** Events that may be steps between, the most frequent first. */
  between: string[];
  goal?: string | undefined;
}

/** Events that a site most likely wants, the most valuable first. */
const GOALS = [
  /purchas|paid|payment|bought|order|billed|subscri|upgrad/,
  /sign(ed)?[ _-]?up|regist|trial|convert|activat|lead|book|complet|submit|created/,
];

/** Names that match a goal but mean something else. */
const NO_GOAL = /cancel|refund|fail|unsubscri|abandon|declin|error|view|visit|start|beg[aiu]n|click|open/;

/** At most so many people who reached the goal are asked for: from them the order of the events is taken. */
const MOST_PEOPLE = 200;
const MOST_BETWEEN = 8;
const MOST_STEPS_BETWEEN = 3;

export function courseOf(events: readonly Name[]): Course {
  const called = (name: string): string | undefined => events.find((event) => foldText(event.name) === name)?.name;
  const own = events.filter(({ name }) => !isAutomatic(name)).toSorted((a, b) => b.people - a.people);
  const goal = goalOf(own);
  const entry = called('visited site') ?? called('page view') ?? (goal ? undefined : events[0]?.name);
  if (!goal) return { entry, between: [], goal: [called('page view')].find((name) => name !== entry) };
  const between = own.filter((event) => event !== goal).map(({ name }) => name);
  return { entry, between: between.slice(0, MOST_BETWEEN), goal: goal.name };
}

/** @param own the site's own events, the most frequent first */
function goalOf(own: readonly Name[]): Name | undefined {
  for (const goal of GOALS) {
    const found = own.find(({ name }) => goal.test(foldText(name)) && !NO_GOAL.test(foldText(name)));
    if (found) return found;
  }
  // If no name matches, the goal is the event with the fewest people, without rare events.
  return own.findLast(({ people }) => people * 100 >= own[0]!.people);
}

/** A question: who has reached the goal, and when they first did each other event; undefined if there are no steps between. */
export function sampleQuestion({ between, goal }: Course): PeopleQuestion | undefined {
  if (goal === undefined || between.length === 0) return undefined;
  const columns = [...between, goal].map((event) => ({ event, show: 'first' as const }));
  return { filter: { event: goal }, bots: 'exclude', columns, limit: MOST_PEOPLE };
}

/** @param people of the answer to the question above; without them there are no steps between */
export function stepsOf({ entry, between, goal }: Course, people: PeopleAnswer['people'] = []): Step[] {
  const firsts = people.map(({ columns }) => columns as (number | null)[]);
  // Events that most of those who reached the goal had done before it.
  const counts = between.map((_, index) => firsts.filter((times) => isBefore(times, index, between.length)).length);
  const most = between
    .map((_, index) => index)
    .filter((index) => counts[index]! * 2 > firsts.length)
    .sort((a, b) => counts[b]! - counts[a]!);
  // Two events that most people did at the same moment are one step.
  const isSame = (one: number, other: number): boolean =>
    firsts.filter((times) => times[one] === times[other]).length * 2 > firsts.length;
  const usual = most
    .filter((index, place) => !most.slice(0, place).some((other) => isSame(index, other)))
    .slice(0, MOST_STEPS_BETWEEN);
  const placeOf = (index: number): number =>
    usual.reduce((place, other) => place + firsts.filter((times) => isBefore(times, other, index)).length, 0);
  const ordered = usual.toSorted((a, b) => placeOf(a) - placeOf(b)).map((index) => between[index]!);
  return [entry, ...ordered, goal].flatMap((event) => (event === undefined ? [] : [{ event }]));
}

/** Whether a person first did event `one` before event `other` or at the same moment, or never did `other`. */
function isBefore(times: (number | null)[], one: number, other: number): boolean {
  const [first, second] = [times[one] ?? null, times[other] ?? null];
  return first !== null && one !== other && (second === null || first <= second);
}
