import { HIT_ID, NAME, PERSON, TIME } from '../../protocol/parameters.js';
import type { ExportedHit } from '../store/store.js';

/** Lines in one piece of the stream: enough that the stream's own cost does not count. */
const LINES = 500;

/**
 * The raw export of the reference (section 8.6): one hit a line, `_p`, `_t` (Unix seconds, UTC), `_n` for
 * events, `_p2` for aliases, `_i` where the hit had an id, and the properties as further members.
 */
export async function* exportLines(hits: AsyncIterable<ExportedHit>): AsyncIterable<string> {
  let lines: string[] = [];
  for await (const hit of hits) {
    lines.push(exportLine(hit));
    if (lines.length === LINES) {
      yield lines.join('');
      lines = [];
    }
  }
  if (lines.length) yield lines.join('');
}

function exportLine(hit: ExportedHit): string {
  const members: [string, unknown][] = [
    [PERSON, hit.person],
    [TIME, hit.time],
  ];
  if (hit.kind === 'event') members.push([NAME, hit.name]);
  if (hit.kind === 'alias') members.push(['_p2', hit.name]);
  if (hit.id !== null) members.push([HIT_ID, hit.id]);
  return JSON.stringify(Object.fromEntries([...members, ...hit.properties])) + '\n';
}
