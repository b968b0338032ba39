import { queryOf } from '../protocol/decode.js';
import { interpret, type AcceptedHit, type Kind, type Rules } from '../protocol/interpret.js';
import { DATED, HIT_ID, KEY, NAME, PERSON, TIME, type Path } from '../protocol/parameters.js';
import type { Agent, ExportedHit } from '../collector/store/store.js';
import { isFieldName } from '../protocol/fields.js';
import { inPieces } from '../protocol/pieces.js';
import { isReason, sentenceOf, type StoredReason } from '../protocol/reasons.js';
import { parseObject } from './json.js';
import type { LineReader } from './record.js';

/** Raised when today's readers would lose something of a newer export. */
const VERSION = 1;

/** The first line, which names the format and its version. */
const HEADING = JSON.stringify({ kmq: 'export', version: VERSION }) + '\n';

const PATHS: Record<Kind, Path> = { event: '/e', properties: '/s', alias: '/a' };

const AGENTS: Record<Agent, true> = { browser: true, bot: true, server: true };

/** The heading, then each hit on a line, in pieces of many lines. */
export async function* kmqLines(hits: AsyncIterable<ExportedHit>): AsyncGenerator<string> {
  yield HEADING;
  yield* inPieces(hits, kmqLine);
}

/** One hit with everything that is stored, except whether it counts: the next store finds that out itself. */
function kmqLine(hit: ExportedHit): string {
  const { key, person, kind, name, time, sent, received, agent, id, properties } = hit;
  const warnings = hit.warnings.map(sentenceOf);
  // Codes, in addition to the sentences, which every version reads. JSON.stringify leaves out undefined.
  const reasons = hit.warnings.some(isReason) ? hit.warnings : undefined;
  return (
    JSON.stringify({ key, person, kind, name, time, sent, received, agent, id, properties, warnings, reasons }) + '\n'
  );
}

/**
 * Reads the lines of `kmqLines`. A line that nobody has edited is stored unchanged, or rejected as an alias with a placeholder.
 * @param key if given, every hit becomes one of this site
 */
export function kmqReader(key: string | undefined, rules: Rules): LineReader {
  const stored: Rules = { ...rules, wasStored: true };
  return ({ text }) => {
    const line = parseObject(text);
    if (typeof line === 'string') return { reason: line };
    if (isHeading(line)) return { hits: [] };
    const hit = hitIn(line);
    if (typeof hit === 'string') return { reason: hit };
    return accept(key === undefined ? hit : { ...hit, key }, stored);
  };
}

/** @throws Error for a version that this one cannot read */
export function isHeading(line: Record<string, unknown>): boolean {
  if (line.kmq !== 'export') return false;
  if (line.version !== VERSION) {
    throw new Error(
      `This export is of version ${String(line.version)}; this kmq reads version ${VERSION}: use a newer kmq.`,
    );
  }
  return true;
}

/** A later time of arrival is a mistake, such as milliseconds. Reports know no day after the year 2100. */
const LATEST_ARRIVAL = Date.UTC(2100, 11, 30) / 1000;

type ReceivedHit = AcceptedHit & { received: number; agent: Agent };

const isText = (value: unknown): value is string => typeof value === 'string';
const isSeconds = (value: unknown): value is number => Number.isSafeInteger(value);
const isArrival = (value: unknown): boolean => isSeconds(value) && value < LATEST_ARRIVAL;
const isPair = (value: unknown): boolean => Array.isArray(value) && value.length === 2 && value.every(isText);
const isListOf = (value: unknown, is: (item: unknown) => boolean): boolean => Array.isArray(value) && value.every(is);
const orNull =
  (is: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === null || is(value);

const MEMBERS: Record<Exclude<keyof ReceivedHit, 'agent'>, (value: unknown) => boolean> = {
  key: isText,
  person: isText,
  kind: (value) => isText(value) && Object.hasOwn(PATHS, value),
  name: orNull(isText),
  time: isSeconds,
  sent: orNull(isSeconds),
  received: isArrival,
  id: orNull(isText),
  properties: (value) => isListOf(value, isPair),
  warnings: (value) => isListOf(value, isText),
};

/** The hit of a line, or the reason why the line is none. */
function hitIn(line: Record<string, unknown>): ReceivedHit | string {
  for (const [name, is] of Object.entries(MEMBERS)) {
    if (!Object.hasOwn(line, name)) return `The member “${name}” is missing.`;
    if (!is(line[name])) return `The member “${name}” has a value that no export contains.`;
  }
  // Exports of older versions have no agent.
  const { agent = 'server' } = line;
  if (!isAgent(agent)) return `The member “agent” is none of ${Object.keys(AGENTS).join(', ')}.`;
  const hit = line as unknown as Omit<ReceivedHit, 'agent'>;
  return { ...hit, agent, warnings: reasonsIn(line) ?? hit.warnings };
}

const isAgent = (value: unknown): value is Agent => isText(value) && Object.hasOwn(AGENTS, value);

/** The warnings with their codes, if the export has codes and this version knows all of them. */
function reasonsIn(line: Record<string, unknown>): StoredReason[] | undefined {
  const isKnown = (reason: unknown): boolean => isText(reason) || isReason(reason);
  return isListOf(line.reasons, isKnown) ? (line.reasons as StoredReason[]) : undefined;
}

/**
 * Applies the rules for hits that arrive, since somebody may have edited the file. They change nothing in a hit that they have
 * accepted before, but the site's placeholders may be others now. If they change something, the changed hit is stored.
 */
function accept(hit: ReceivedHit, rules: Rules): ReturnType<LineReader> {
  const { key, person, kind, name, time, sent, received, agent, id, warnings } = hit;
  const fields: [string, string][] = [
    [KEY, key],
    [PERSON, person],
    [TIME, String(time)],
    [DATED, '1'],
  ];
  if (name !== null) fields.push([NAME, name]);
  if (id !== null) fields.push([HIT_ID, id]);
  // A request cannot have properties with the names of fields, but a store can contain them.
  const named = hit.properties.filter(([property]) => !isFieldName(property));
  const judged = interpret(PATHS[kind], queryOf([...named, ...fields]), received, rules);
  if ('reason' in judged) return { reason: sentenceOf(judged.reason) };
  if (judged.time !== time)
    return {
      reason: 'The time is more than a day ahead of “received”, when the hit arrived; it has to be in seconds.',
    };
  const same =
    judged.properties.length === named.length &&
    judged.properties.every(([property, value], at) => property === named[at]![0] && value === named[at]![1]);
  const unchanged = same && judged.name === name && judged.id === id;
  const properties = same
    ? hit.properties
    : [...judged.properties, ...hit.properties.filter(([property]) => isFieldName(property))];
  return {
    hits: [
      {
        hit: { ...judged, time, sent, properties, warnings: unchanged ? warnings : [...warnings, ...judged.warnings] },
        received,
        agent,
      },
    ],
  };
}
