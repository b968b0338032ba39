import type { People, Person } from '../../../protocol/api.js';
import { toJson } from '../model/json.js';
import type { Counting, Json, LivePage } from '../store.js';
import type { ClickHouseAddress } from './address.js';
import { Components } from './components.js';
import { LiveReader } from './live-reader.js';
import { Nodes } from './nodes.js';
import { PeopleReader } from './people-reader.js';
import { Tables } from './tables.js';

/**
 * The questions that are asked of ClickHouse from a thread of its own: what comes back is text, and reading it would hold
 * up the hits that arrive.
 */
export interface Questions {
  person: (key: string, identity: string, counting: Counting) => Promise<Json<Person> | undefined>;
  people: (key: string, text: string, limit: number) => Promise<Json<People>>;
  live: (key: string, cursor: string | undefined, limit: number, counting: Counting) => Promise<LivePage>;
}

/** @returns the questions, and what ends the connections that they use */
export function questionsTo(address: ClickHouseAddress): { questions: Questions; close: () => Promise<void> } {
  const nodes = new Nodes(address);
  const tables = new Tables(address);
  const people = new PeopleReader(nodes, tables, new Components(nodes, tables));
  const live = new LiveReader(nodes, tables);
  const questions: Questions = {
    person: async (key, identity, counting) => {
      const person = await people.person(key, identity, counting);
      return person && toJson(person);
    },
    people: async (key, text, limit) => toJson({ people: await people.people(key, text, limit) }),
    live: (key, cursor, limit, counting) => live.live(key, cursor, limit, counting),
  };
  return { questions, close: () => nodes.close() };
}
