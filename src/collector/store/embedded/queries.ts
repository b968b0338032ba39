import type { People, Person } from '../../../protocol/api.js';
import { rawLine } from '../../../protocol/raw-format.js';
import { toBytes, toJson } from '../model/json.js';
import type { Database } from '../sqlite/database.js';
import type { Counting, Json, LivePage } from '../store.js';
import { ExportQueries, type ExportPage } from './export-queries.js';
import { LiveQueries } from './live-queries.js';
import { PeopleQueries } from './people-queries.js';

/** A page of the export, as lines. */
export type RawExportPage = Omit<ExportPage, 'hits'> & { lines: Uint8Array };

/** The questions that the embedded store answers, in a separate thread. */
export interface Queries {
  person: (key: string, identity: string, counting: Counting) => Json<Person> | undefined;
  people: (key: string, text: string, limit: number) => Json<People>;
  live: (key: string, cursor: string | undefined, limit: number, counting: Counting) => LivePage;
  exportPage: (key: string, last: number) => ExportPage;
  rawExportPage: (key: string, last: number) => RawExportPage;
  keys: () => string[];
}

export function queriesOn(db: Database): Queries {
  const people = new PeopleQueries(db);
  const live = new LiveQueries(db);
  const exports = new ExportQueries(db);
  return {
    person: (key, identity, counting) => {
      const person = people.person(key, identity, counting);
      return person && toJson(person);
    },
    people: (key, text, limit) => toJson({ people: people.people(key, text, limit) }),
    live: (key, cursor, limit, counting) => live.live(key, cursor, limit, counting),
    exportPage: (key, last) => exports.page(key, last),
    rawExportPage: (key, last) => {
      const { hits, ...page } = exports.page(key, last);
      return { ...page, lines: toBytes(hits.map(rawLine)) };
    },
    keys: () => exports.keys(),
  };
}
