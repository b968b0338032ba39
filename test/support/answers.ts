import type { LiveHit, LiveRefusal, LiveSkipped, Person, PersonSummary } from '../../src/protocol/api.js';
import type { Json, Reader } from '../../src/collector/store/store.js';

/* The answers of a store, parsed: a store returns JSON. */

function fromJson<T>(json: Json<T>): T {
  return JSON.parse(Buffer.from(json).toString()) as T;
}

export async function personOf(store: Reader, key: string, identity: string): Promise<Person | undefined> {
  const person = await store.person(key, identity);
  return person && fromJson(person);
}

export async function peopleOf(store: Reader, key: string, text: string, limit = 50): Promise<PersonSummary[]> {
  return fromJson(await store.people(key, text, limit)).people;
}

export interface ReadLivePage {
  hits: LiveHit[];
  refusals: LiveRefusal[];
  skipped: number;
  cursor: string;
}

export async function liveOf(
  store: Reader,
  key: string,
  cursor: string | undefined,
  limit = 100,
): Promise<ReadLivePage> {
  const page: ReadLivePage = { hits: [], refusals: [], skipped: 0, cursor: '' };
  const { events, cursor: next } = await store.live(key, cursor, limit);
  for (const { event, data } of events) {
    const value: unknown = JSON.parse(data);
    if (event === 'hit') page.hits.push(value as LiveHit);
    if (event === 'refused') page.refusals.push(value as LiveRefusal);
    if (event === 'skipped') page.skipped = (value as LiveSkipped).count;
  }
  return { ...page, cursor: next };
}
