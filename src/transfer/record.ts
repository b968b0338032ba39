import { queryOf } from '../protocol/decode.js';
import { interpret, type Rules } from '../protocol/interpret.js';
import { DATED, HIT_ID, KEY, NAME, PERSON, TIME, type Path } from '../protocol/parameters.js';
import { sentenceOf, type Reason } from '../protocol/reasons.js';
import type { ArrivedHit } from '../collector/store/store.js';
import type { Line } from './lines.js';

/** What a line holds: no hit (a heading, an empty line), one or more, or the reason why it is not taken. */
export type Outcome = { hits: ArrivedHit[] } | { reason: string };

/** Reads one line. @throws Error where the whole input cannot be read */
export type LineReader = (line: Line) => Outcome;

/** A person's event, properties, alias, or several of them, as a line of somebody else's format tells it. */
export interface Telling {
  person: string;
  /** Unix seconds, as text. */
  time: string;
  event?: string | undefined;
  alias?: string | undefined;
  id?: string | undefined;
  properties: [name: string, value: string][];
  /** The warnings of the reader of the format. */
  warnings: Reason[];
}

/**
 * A telling as hits, by the rules for every hit that arrives, and one more: what tells of the past must say when it was.
 * @param received Unix seconds, now
 */
export function hitsOf(telling: Telling, key: string, received: number, rules: Rules): Outcome {
  const { alias, event, properties } = telling;
  const hits: ArrivedHit[] = [];
  const paths: [Path, string | undefined][] = [];
  if (event !== undefined) paths.push(['/e', event]);
  else if (properties.length || alias === undefined) paths.push(['/s', undefined]);
  if (alias !== undefined) paths.push(['/a', alias]);
  for (const [path, name] of paths) {
    const hit = interpret(path, queryOf(pairsOf(telling, path, name, key)), received, rules);
    if ('reason' in hit) return { reason: sentenceOf(hit.reason) };
    if (hit.sent === null)
      return { reason: `The time is missing, or no number of seconds: “${telling.time.slice(0, 40)}”.` };
    if (hit.time !== hit.sent) return { reason: 'The time lies more than a day ahead; it is in seconds.' };
    hits.push({ hit: path === '/a' ? hit : { ...hit, warnings: [...telling.warnings, ...hit.warnings] }, received });
  }
  return { hits };
}

function pairsOf(telling: Telling, path: Path, name: string | undefined, key: string): [string, string][] {
  const { person, time, id, properties } = telling;
  const fields: [string, string][] = [
    [KEY, key],
    [PERSON, person],
    [TIME, time],
    [DATED, '1'],
  ];
  if (name !== undefined) fields.push([NAME, name]);
  // Of a line that becomes two hits, the first has the id.
  if (id !== undefined && (path !== '/a' || telling.event === undefined)) fields.push([HIT_ID, id]);
  return path === '/a' ? fields : [...properties, ...fields];
}
