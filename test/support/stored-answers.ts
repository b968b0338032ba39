import { createHash } from 'node:crypto';
import type { Counting, Reader } from '../../src/collector/store/store.js';

/** All answers of a store about its contents. Long texts are replaced by their hashes. */
export interface StoredAnswers {
  /** Lines of the raw export, by site. */
  raw: Record<string, string[]>;
  /** The hits of kmq's own export. */
  hits: Record<string, string[]>;
  /** People, their events and which of these count, by site, identity and way of counting. */
  people: Record<string, string>;
  search: Record<string, string>;
  live: Record<string, string[]>;
}

const SEARCHED = ['', 'wide', 'WIDE-1', 'chain', '@example', 'ÜMLAUT', '日本', '🦊', 'nobody'];
const COUNTINGS: readonly Counting[] = ['auto', 'reference', 'hit-id'];

const CHARACTERS = 300;
const short = (text: string): string =>
  text.length > CHARACTERS ? `sha256 ${createHash('sha256').update(text).digest('hex')}` : text;
const textOf = (json: Uint8Array | undefined): string => (json ? Buffer.from(json).toString() : 'nobody');

/** Earlier versions had no visits, and no agents, from which visits are made. */
function withoutVisits(person: Uint8Array | undefined): string {
  const text = textOf(person);
  return person ? JSON.stringify({ ...(JSON.parse(text) as object), visits: undefined }) : text;
}

interface Told {
  code?: string | null;
  warnings?: string[];
  warningCodes?: (string | null)[];
}

/**
 * Of a refusal and of warnings, only the codes: their sentences are made when they are shown, and each version may improve them. A
 * sentence without a code was stored, and stays. Earlier versions did not say what to do about a refusal.
 */
function withoutSentences(data: string): string {
  const told = JSON.parse(data) as Told;
  const { code, warnings, warningCodes } = told;
  return JSON.stringify({
    ...told,
    advice: undefined,
    ...(code && { reason: undefined }),
    ...(warnings && { warnings: warnings.filter((_, index) => !warningCodes![index]) }),
  });
}

/** @param countBy called with how the store counts from now on */
export async function answersOf(store: Reader, countBy: (counting: Counting) => void): Promise<StoredAnswers> {
  const answers: StoredAnswers = { raw: {}, hits: {}, people: {}, search: {}, live: {} };
  countBy('auto');
  for (const key of await store.keys()) {
    const pieces: Uint8Array[] = [];
    for await (const piece of store.rawExport(key)) pieces.push(piece);
    answers.raw[key] = Buffer.concat(pieces).toString().split('\n').map(short);
    answers.hits[key] = [];
    const identities = new Set<string>();
    for await (const hit of store.export(key)) {
      // Earlier versions had no agents.
      answers.hits[key].push(short(JSON.stringify({ ...hit, agent: undefined })));
      identities.add(hit.person);
      if (hit.kind === 'alias') identities.add(hit.name!);
    }
    for (const counting of COUNTINGS) {
      countBy(counting);
      for (const identity of identities) {
        answers.people[`${key} ${counting} ${identity}`] = short(withoutVisits(await store.person(key, identity)));
      }
    }
    countBy('auto');
    for (const text of SEARCHED) answers.search[`${key} ${text}`] = short(textOf(await store.people(key, text, 20)));
    const { events } = await store.live(key, undefined, 1000);
    answers.live[key] = events.map(({ event, data }) => short(`${event} ${withoutSentences(data)}`));
  }
  return answers;
}
