import { foldName } from '../../src/protocol/text.js';
import type { ReportKind, Reports } from '../../src/protocol/reports.js';
import { checkQuestion } from '../../src/collector/reports/questions/read.js';
import { REPORTS } from '../../src/collector/reports/questions/kinds.js';
import { SitesDatabase } from './sites-database.js';

/** A hit in the order of arrival. */
export interface TestHit {
  who: string;
  /** Unix seconds. */
  time: number;
  event?: string;
  properties?: Record<string, string>;
  agent?: number;
}

export interface SiteOfTest {
  asOf?: number;
  timeZone?: string;
  domains?: string[];
  /** Merges that are not written into the rows of hits yet. */
  merges?: [person: string, into: string][];
}

let opened: Promise<SitesDatabase> | undefined;

/** A site with these hits, whose answers are checked by their schema. Every other property has its own column. */
export async function stand(
  hits: TestHit[],
  { asOf = 2e9, timeZone = 'UTC', domains = [], merges = [] }: SiteOfTest = {},
) {
  opened ??= SitesDatabase.open();
  const engine = await opened;
  const people = [...new Set(hits.map(({ who }) => who))];
  const numberOf = (who: string): number => people.indexOf(who) + 1;
  const properties = new Set(hits.flatMap((hit) => Object.keys(hit.properties ?? {}).map(foldName)));
  const site = await engine.add({
    world: { hits: [], identities: [], timeZone, domains, asOf },
    day: '',
    rows: hits.map(({ who, time, event = null, properties = {}, agent = 0 }, index) => {
      const identity = numberOf(who);
      return { hit: index + 1, time, identity, person: identity, event, agent, properties };
    }),
    identities: people.map((name) => ({ name, identity: numberOf(name), person: numberOf(name) })),
    merges: merges.map(([person, into]) => ({ person: numberOf(person), into: numberOf(into) })),
    columns: [...properties].filter((_, index) => index % 2 === 0),
  });
  return {
    ask: async <K extends ReportKind>(kind: K, question: Reports[K]['question']): Promise<Reports[K]['answer']> => {
      const checked = checkQuestion(kind, question);
      if ('bad' in checked) throw new Error(JSON.stringify(checked.bad));
      return REPORTS[kind].answer.parse(await site.ask(kind, checked.question));
    },
    /** The people behind a number, by the name of each person's first identity. */
    peopleOf: async (cell: string): Promise<string[]> => {
      const { people } = await site.ask('people', { cell, limit: 1000 });
      return people.map(({ identities }) => identities[0]!).sort();
    },
  };
}
