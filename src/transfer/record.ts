import { isAutomatic } from '../protocol/automatic.js';
import { queryOf } from '../protocol/decode.js';
import { interpret, type Rules } from '../protocol/interpret.js';
import { DATED, HIT_ID, KEY, NAME, PERSON, TIME, type Path } from '../protocol/parameters.js';
import { sentenceOf, type Reason } from '../protocol/reasons.js';
import type { ArrivedHit } from '../collector/store/store.js';
import type { Line } from './lines.js';

/** What a line contains: no hit (a heading, an empty line), one or more hits, or the reason why it is rejected. */
export type Outcome = { hits: ArrivedHit[]; repaired?: boolean } | { reason: string };

/** Reads one line. @throws Error if the whole input cannot be read */
export type LineReader = (line: Line) => Outcome;

/** A person's event, properties or alias, or several of these, as a line of another program's format contains them. */
export interface Telling {
  person: string;
  /** Unix seconds, as text; empty if the line has no time. */
  time: string;
  event?: string | undefined;
  alias?: string | undefined;
  id?: string | undefined;
  properties: [name: string, value: string][];
  /** Warnings of the format's reader. */
  warnings: Reason[];
  /** Whether it was read leniently: then each hit gets a warning. */
  repaired?: boolean;
}

/**
 * The hits of a line, by the rules for hits that arrive, and one more: each must have a time. Only an alias needs none, since
 * it says that two identities have always been one person.
 * @param received the present time, Unix seconds
 */
export function hitsOf(telling: Telling, key: string, received: number, rules: Rules): Outcome {
  const { alias, event, properties, repaired = false } = telling;
  const hits: ArrivedHit[] = [];
  const paths: [Path, string | undefined][] = [];
  if (event !== undefined) paths.push(['/e', event]);
  else if (properties.length || alias === undefined) paths.push(['/s', undefined]);
  if (alias !== undefined) paths.push(['/a', alias]);
  const timeless = paths.every(([path]) => path === '/a');
  const time = timeless && isNoTime(telling.time) ? undefined : plainSeconds(telling.time);
  for (const [path, name] of paths) {
    const hit = interpret(path, queryOf(pairsOf(telling, path, name, key, time)), received, rules);
    if ('reason' in hit) return { reason: sentenceOf(hit.reason) };
    if (hit.sent === null && !timeless)
      return { reason: `The time is missing, or is not a number of seconds: “${telling.time.slice(0, 40)}”.` };
    if (hit.sent !== null && hit.time !== hit.sent && !timeless)
      return { reason: 'The time is more than a day ahead; it has to be in seconds.' };
    const warnings = path === '/a' ? hit.warnings : [...telling.warnings, ...hit.warnings];
    hits.push({
      hit: { ...hit, warnings: repaired ? [['repaired-line'], ...warnings] : warnings },
      received,
      // The line names no agent. Without browsers, imported days would have no visits.
      agent: event !== undefined && isAutomatic(event) ? 'browser' : 'server',
    });
  }
  return { hits, repaired };
}

/** Whether a time is blank, or a zero that means none. */
function isNoTime(text: string): boolean {
  return Number(text) === 0;
}

/**
 * Rewrites a number as whole seconds: spreadsheets, and programs that have only floating-point numbers, write an exponent, a plus
 * sign, or a point without digits after it. Any other text is returned as it is.
 */
function plainSeconds(text: string): string {
  if (!/^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i.test(text)) return text;
  const seconds = Math.floor(Number(text));
  return Number.isSafeInteger(seconds) ? String(seconds) : text;
}

function pairsOf(
  telling: Telling,
  path: Path,
  name: string | undefined,
  key: string,
  time: string | undefined,
): [string, string][] {
  const { person, id, properties } = telling;
  const fields: [string, string][] = [
    [KEY, key],
    [PERSON, person],
  ];
  if (time !== undefined) fields.push([TIME, time], [DATED, '1']);
  if (name !== undefined) fields.push([NAME, name]);
  // Of a line that becomes two hits, the first has the id.
  const isSecond = path === '/a' && (telling.event !== undefined || properties.length > 0);
  if (id !== undefined && !isSecond) fields.push([HIT_ID, id]);
  return path === '/a' ? fields : [...properties, ...fields];
}
