import type {
  Attribution,
  FunnelAnswer,
  FunnelQuestion,
  FunnelStep,
  PropertySplit,
} from '../../../src/protocol/reports.js';
import { countedPeople, isStep } from './conditions.js';
import { attributed, groupedBy, rowsOf, transformed } from './splits.js';
import { channelsOf } from './sources.js';
import { cellOf, isWithin, valueIn } from './world.js';
import type { OwnHit, Person, World } from './world.js';

/** The hit of each step; undefined for a step that was not done. */
type Way = (OwnHit | undefined)[];

interface Walker {
  person: Person;
  way: Way;
}

export function funnel(question: FunnelQuestion, world: World): Omit<FunnelAnswer, 'asOf'> {
  const people = countedPeople(world, question);
  const walkers = people
    .map((person): Walker => ({ person, way: wayOf(person, question, world) }))
    .filter(({ way }) => way.some(Boolean));
  const answer = {
    steps: stepsOf(walkers, question),
    wholeMedianSeconds: wholeMedian(walkers, question),
    open: people.filter((person) => hasOpenWindow(person, question, world)).length,
  };
  if (!question.split) return answer;
  const { split } = question;
  const channels =
    'source' in split
      ? channelsOf(
          walkers.map(({ person }) => person),
          split,
          question,
          world,
        )
      : undefined;
  const groups = groupedBy(walkers, (walker) =>
    'source' in split ? (channels!.get(walker.person) ?? null) : valueOf(walker, split, question, world),
  );
  const { rows, rest } = rowsOf(groups, (some) => some.filter(({ way }) => way[0]).length);
  return {
    ...answer,
    split: rows.map(([value, some]) => ({ value, steps: stepsOf(some, question) })),
    ...(rest && { rest: { steps: stepsOf(rest, question) } }),
  };
}

/** The way with most steps, and of those the one that begins first. */
function wayOf(person: Person, question: FunnelQuestion, world: World): Way {
  const { steps, window, skip = false } = question;
  if (window === undefined) {
    const hits = person.hits.filter((hit) => isWithin(hit, question, world));
    return walk(hits, steps, skip, []);
  }
  let best: Way = [];
  for (const start of startsOf(person, question, world)) {
    const hits = person.hits.filter(({ time }) => start.time <= time && time <= start.time + window);
    const way = walk(hits, steps, false, [start]);
    if (way.length > best.length) best = way;
  }
  return best;
}

function startsOf(person: Person, question: FunnelQuestion, world: World): OwnHit[] {
  return person.hits.filter((hit) => isStep(hit, question.steps[0]!) && isWithin(hit, question, world));
}

/** Each step is the first hit, at or after the previous step, that is not a step yet. @param way the steps so far */
function walk(hits: OwnHit[], steps: FunnelQuestion['steps'], skip: boolean, way: Way): Way {
  for (const step of steps.slice(way.length)) {
    const time = way.findLast(Boolean)?.time ?? -Infinity;
    const next = hits.find((hit) => hit.time >= time && !way.includes(hit) && isStep(hit, step));
    if (!next && !skip) break;
    way.push(next);
  }
  return way;
}

function hasOpenWindow(person: Person, question: FunnelQuestion, world: World): boolean {
  const { window } = question;
  if (window === undefined) return false;
  return startsOf(person, question, world).some(({ time }) => time + window > world.asOf);
}

function valueOf(
  { person, way }: Walker,
  { property, attribution, transform }: PropertySplit<Attribution | { step: number }>,
  question: FunnelQuestion,
  world: World,
): string | null {
  if (typeof attribution === 'object') {
    const hit = way[attribution.step - 1];
    return transformed((hit && valueIn(hit, property)) ?? null, transform);
  }
  // The last touch is that at step 1: a person who has skipped that step has none.
  if (attribution === 'last touch' && !way[0]) return null;
  const hit = way.find(Boolean)!;
  return transformed(attributed(person, hit, property, attribution, question, world), transform);
}

function stepsOf(walkers: Walker[], { steps }: FunnelQuestion): FunnelStep[] {
  return steps.map(({ event }, index) => {
    const there = walkers.filter(({ way }) => way[index]);
    const seconds: number[] = [];
    for (const { way } of there) {
      const before = way.slice(0, index).findLast(Boolean);
      if (before) seconds.push(way[index]!.time - before.time);
    }
    const lost = there.filter(({ way }) => !way[index + 1]);
    return {
      event,
      people: there.length,
      medianSeconds: median(seconds),
      cell: cellOf(there.map(({ person }) => person)),
      ...(index + 1 < steps.length && {
        lost: { people: lost.length, cell: cellOf(lost.map(({ person }) => person)) },
      }),
    };
  });
}

function wholeMedian(walkers: Walker[], { steps }: FunnelQuestion): number | null {
  const last = steps.length - 1;
  const ends = walkers.flatMap(({ way }) => (last > 0 && way[0] && way[last] ? [way[last].time - way[0].time] : []));
  return median(ends);
}

/** Of an even count the average of the two in the middle; null for an empty list. */
function median(numbers: number[]): number | null {
  if (numbers.length === 0) return null;
  const sorted = numbers.toSorted((a, b) => a - b);
  const upper = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[upper]! : (sorted[upper - 1]! + sorted[upper]!) / 2;
}
