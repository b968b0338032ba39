import { DuckDBInstance } from '@duckdb/node-api';
import type { ReportKind, Reports } from '../../src/protocol/reports.js';
import { ask } from '../../src/collector/reports/ask.js';
import { addFunctions } from '../../src/collector/reports/engine/functions.js';
import { DUCKDB } from '../../src/collector/reports/dialects.js';
import { answerOf } from '../../src/collector/reports/engine/values.js';
import { checkQuestion } from '../../src/collector/reports/questions/read.js';
import { REPORTS } from '../../src/collector/reports/questions/reports.js';
import type { Scope } from '../../src/collector/reports/questions/report.js';
import { CREATE_TABLES } from '../../src/collector/reports/tables.js';

export interface TestHit {
  who: string;
  /** Unix seconds. */
  time: number;
  event?: string;
  properties?: Record<string, string>;
  agent?: number;
}

export async function stand(hits: TestHit[], { asOf = 2e9, timeZone = 'UTC', merges = [] as [string, string][] } = {}) {
  const database = await DuckDBInstance.create(':memory:', { threads: '2' });
  const c = await database.connect();
  await c.run(CREATE_TABLES);
  addFunctions(c);
  const codes = (list: string[]) => new Map([...new Set(list)].map((name, index) => [name, index + 1]));
  const people = codes(hits.map(({ who }) => who));
  const events = codes(hits.flatMap(({ event }) => event ?? []));
  const properties = codes(hits.flatMap((hit) => Object.keys(hit.properties ?? {})));
  for (const [name, code] of events)
    await c.run('INSERT INTO events VALUES (1, $1, $2, $3)', [code, name, name.toLowerCase()]);
  for (const [name, code] of properties)
    await c.run('INSERT INTO properties VALUES (1, $1, $2, $3, $4)', [
      code,
      name,
      name.toLowerCase(),
      code % 2 ? code : null,
    ]);
  for (const [name, code] of people) await c.run('INSERT INTO identities VALUES (1, $1, $2, $1)', [code, name]);
  for (const [from, into] of merges)
    await c.run('INSERT INTO merges VALUES ($1, $2)', [people.get(from)!, people.get(into)!]);
  for (const [index, hit] of hits.entries()) {
    const sent = Object.entries(hit.properties ?? {}).map(([name, value]) => [properties.get(name)!, value] as const);
    const own = sent.filter(([code]) => code % 2);
    const others = sent.filter(([code]) => code % 2 === 0);
    const quoted = (value: string) => `'${value.replaceAll("'", "''")}'`;
    await c.run(`INSERT INTO hits (site, hit, time, identity, person, event, agent ${own.map(([code]) => `, c${code}`).join('')}, others)
      VALUES (1, ${index + 1}, ${hit.time}, ${people.get(hit.who)}, ${people.get(hit.who)}, ${hit.event ? events.get(hit.event) : 0}, ${hit.agent ?? 0}
      ${own.map(([, value]) => `, ${quoted(value)}`).join('')}, ${others.length ? `MAP {${others.map(([code, value]) => `${code}: ${quoted(value)}`).join()}}` : 'NULL'})`);
  }
  const find = (map: Map<string, number>, name: string) =>
    [...map].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  const scope: Scope = {
    site: 1,
    timeZone,
    asOf,
    hasMerges: merges.length > 0,
    dialect: DUCKDB,
    eventCode: (name) => find(events, name),
    propertyPlace: (name) => {
      const code = find(properties, name);
      return code === undefined ? undefined : { code, column: code % 2 ? code : undefined };
    },
  };
  const names = new Map([...people].map(([name, code]) => [code, name]));
  return {
    ask: async <K extends ReportKind>(kind: K, question: Reports[K]['question']): Promise<Reports[K]['answer']> => {
      const checked = checkQuestion(kind, question);
      if ('bad' in checked) throw new Error(JSON.stringify(checked.bad));
      return REPORTS[kind].answer.parse(
        await ask(kind, checked.question, scope, (query) => answerOf(c, query)),
      ) as Reports[K]['answer'];
    },
    peopleOf: async (cell: string): Promise<string[]> => {
      const { kind, question, place } = JSON.parse(Buffer.from(cell, 'base64url').toString()) as {
        kind: 'funnel';
        question: never;
        place: unknown;
      };
      const rows = await answerOf(c, REPORTS[kind].peopleOf!(question, place, scope));
      return rows.map(({ person }) => names.get(person as number)!).sort();
    },
    close: () => c.closeSync(),
  };
}
