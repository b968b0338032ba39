import fc from 'fast-check';
import { foldName } from '../../../src/protocol/text.js';
import type { Hit, World } from '../evaluator/world.js';
import { identityName, pageProperties, sentEvent, sentProperty, value } from './texts.js';

/** What happens to a site, in the order of arrival. */
type Happening =
  | { is: 'hit'; name: string; second: number; event: string | null; agent: number; properties: [string, string][] }
  | { is: 'alias'; name: string; other: string }
  /** Merges are written into the existing rows. */
  | { is: 'fold' };

/** The rows of a site, some of which were written before a merge, and the true state of the site. */
export interface Site {
  world: World;
  /** The day of most of the hits, on which its clocks changed. */
  day: string;
  /** Each hit with the person with which it was written. */
  rows: (Hit & { person: number })[];
  /** The person with which each identity was written. */
  identities: { identity: number; name: string; person: number }[];
  merges: { person: number; into: number }[];
  /** Names of properties, folded, whose values have a column. */
  columns: string[];
}

const DAY = 86_400;
/** Places, each with a day on which its clocks changed. */
const PLACES: [timeZone: string, day: string][] = [
  ['UTC', '2026-03-01'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['America/Sao_Paulo', '2018-02-17'],
  ['Asia/Beirut', '2022-03-27'],
  ['Pacific/Apia', '2011-12-30'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Europe/Berlin', '2026-10-25'],
];

/**
 * Half of the times are within a few seconds or visits, the others on the days around, many of them at midnight in some time
 * zone.
 */
const second = fc.oneof(
  fc.constantFrom(0, 0, 0, 1, 1, 2, 300, 1800, 1801),
  fc
    .tuple(
      fc.constantFrom(-2, -1, 0, 0, 0, 0, 1, 2, 6, 30),
      fc.constantFrom(-14, -13, -10.5, 0, 0, 0, 2, 3, 12, 12, 12, 12),
      fc.constantFrom(-1, 0, 0, 0, 1, 1, 2, 299, 300, 301, 1799, 1800, 1801),
    )
    .map(([day, hour, more]) => day * DAY + hour * 3600 + more),
);

const properties = fc
  .array(fc.tuple(sentProperty, value), { maxLength: 3 })
  // A hit has one value of a property.
  .map((all) =>
    all.filter(([name], index) => all.findIndex(([other]) => foldName(other) === foldName(name)) === index),
  );

const hit = fc.record({
  is: fc.constant('hit' as const),
  name: identityName,
  second,
  event: fc.oneof({ weight: 5, arbitrary: sentEvent }, { weight: 1, arbitrary: fc.constant(null) }),
  agent: fc.constantFrom(0, 0, 0, 0, 0, 1, 2),
  properties,
});
const page = fc.record({
  is: fc.constant('hit' as const),
  name: identityName,
  second,
  event: fc.constantFrom('Visited Site', 'Visited Site', 'Page View', null),
  agent: fc.constant(0),
  properties: pageProperties,
});

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 16, arbitrary: hit },
  { weight: 4, arbitrary: page },
  { weight: 3, arbitrary: fc.record({ is: fc.constant('alias' as const), name: identityName, other: identityName }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('fold' as const) }) },
);

/** More people, each with another value, than a split has rows. */
const crowd = fc.integer({ min: 45, max: 60 }).map((count) =>
  Array.from({ length: count }, (_, n): Happening => {
    const own: [string, string] = ['P', `v${n % 55}`];
    return { is: 'hit', name: `one of many ${n}`, second: n % 3, event: 'A', agent: 0, properties: [own] };
  }),
);

export const site: fc.Arbitrary<Site> = fc
  .record({
    place: fc.constantFrom(...PLACES),
    happenings: fc.array(happening, { minLength: 1, maxLength: 40, size: 'max' }),
    crowd: fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: crowd }),
    columns: fc.subarray(['p', 'q', 'n', 'referrer', 'url', 'viewed url', 'search engine', '__proto__']),
    domains: fc.subarray(['example.com', 'google.de', 'www.facebook.com']),
    sinceNow: second,
  })
  .map(({ place: [timeZone, day], happenings, crowd, columns, domains, sinceNow }) => {
    const midnight = Date.parse(`${day}T00:00Z`) / 1000;
    return {
      ...siteOf([...happenings, ...crowd], midnight),
      columns,
      day,
      timeZone,
      domains,
      asOf: midnight + sinceNow,
    };
  })
  .map(({ columns, day, rows, identities, merges, hits, people, timeZone, domains, asOf }) => {
    const one: Site = {
      ...{ columns, day, rows, identities, merges },
      world: { hits, identities: people, timeZone, domains, asOf },
    };
    return Object.assign(one, { [fc.toStringMethod]: () => textOf(one) });
  });

/** A line for each row, which a failure prints. */
function textOf({ columns, rows, identities, merges, world: { timeZone, domains, asOf } }: Site): string {
  const lines = [
    `${timeZone}, as of ${asOf}, columns ${columns.join(' ')}, site ${String(domains)}`,
    ...identities.map(({ identity, name, person }) => `identity ${identity} ${JSON.stringify(name)} of ${person}`),
    ...merges.map(({ person, into }) => `merged ${person} into ${into}`),
    ...rows.map(
      (row) =>
        `hit ${Object.values(row)
          .map((value) => JSON.stringify(value))
          .join(' ')}`,
    ),
  ];
  return `{\n${lines.join('\n')}\n}`;
}

/** @param origin Unix seconds from which seconds are counted */
function siteOf(
  happenings: Happening[],
  origin: number,
): Pick<Site, 'rows' | 'identities' | 'merges'> & { hits: Hit[]; people: Site['identities'] } {
  const hits: Hit[] = [];
  let rows: Site['rows'] = [];
  let identities: Site['identities'] = [];
  let merges = new Map<number, number>();
  const now = (person: number): number => merges.get(person) ?? person;
  const meet = (name: string): Site['identities'][number] => {
    const known = identities.find((one) => one.name === name);
    if (known) return known;
    const identity = identities.length + 1;
    identities.push({ identity, name, person: identity });
    return identities.at(-1)!;
  };
  for (const happened of happenings) {
    if (happened.is === 'hit') {
      const { name, second, event, agent, properties } = happened;
      const { identity, person } = meet(name);
      const one = { hit: hits.length + 1, time: origin + second, identity, event, agent };
      hits.push({ ...one, properties: Object.fromEntries(properties) });
      rows.push({ ...hits.at(-1)!, person: now(person) });
    } else if (happened.is === 'alias') {
      const [into, person] = [now(meet(happened.name).person), now(meet(happened.other).person)];
      if (into === person) continue;
      for (const [one, its] of merges) if (its === person) merges.set(one, into);
      merges.set(person, into);
    } else {
      rows = rows.map((row) => ({ ...row, person: now(row.person) }));
      identities = identities.map((one) => ({ ...one, person: now(one.person) }));
      merges = new Map();
    }
  }
  const people = identities.map((one) => ({ ...one, person: now(one.person) }));
  return { hits, rows, identities, merges: [...merges].map(([person, into]) => ({ person, into })), people };
}
