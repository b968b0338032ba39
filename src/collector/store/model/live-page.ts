import type { LiveHit, LiveRefusal, LiveSkipped } from '../../../protocol/api.js';
import { adviceOf, codeOf, sentenceOf } from '../../../protocol/reasons.js';
import type { LiveEvent, LivePage, Refusal, StoredHit } from '../store.js';
import { propertiesIn } from './stored-columns.js';
import { LIVE_PAGE_CHARACTERS, PROPERTIES_IN_LIVE, PROPERTIES_IN_LIVE_CHARACTERS, SKIPPED_IN_LIVE } from './limits.js';

/** The text between two stored properties. It never occurs within one, where a quotation mark has a backslash before it. */
const BETWEEN_PROPERTIES = '"],["';

/** A hit for Live. Of a large one, only the beginning of the properties was read. */
export interface ReadForLive {
  hit: StoredHit;
  /** How many properties the hit has. */
  count: number;
}

/**
 * A page of Live, as it is sent.
 * @param hits in the order of arrival, like `refusals`
 * @param skipped how many hits since the cursor are not among them; a store need not count more than one above SKIPPED_IN_LIVE.
 *   Undefined on a reader's first page, which has the latest hits
 */
export function livePage(
  hits: ReadForLive[],
  refusals: Refusal[],
  skipped: number | undefined,
  cursor: string,
): LivePage {
  const all = [
    ...hits.map((read) => ({ received: read.hit.received, event: 'hit' as const, value: toLiveHit(read) })),
    ...refusals.map((one) => ({ received: one.received, event: 'refused' as const, value: toLiveRefusal(one) })),
  ].sort((a, b) => a.received - b.received);
  const events: LiveEvent[] = [];
  let left = LIVE_PAGE_CHARACTERS;
  // The latest are shown.
  for (const { event, value } of all.toReversed()) {
    const data = JSON.stringify(value);
    left -= data.length;
    if (left < 0) break;
    events.push({ event, data });
  }
  if (skipped !== undefined) {
    const count = skipped + all.length - events.length;
    const said: LiveSkipped = {
      count: Math.min(count, SKIPPED_IN_LIVE),
      ...(count > SKIPPED_IN_LIVE && { more: true }),
    };
    if (count > 0) events.push({ event: 'skipped', data: JSON.stringify(said) });
  }
  return { events: events.reverse(), cursor };
}

/** The first properties of a hit, read from the beginning of their stored JSON; undefined if it is damaged. */
function firstProperties(beginning: unknown): StoredHit['properties'] | undefined {
  if (typeof beginning !== 'string') return undefined;
  const end = beginning.lastIndexOf(BETWEEN_PROPERTIES);
  if (end >= 0) return propertiesIn(`${beginning.slice(0, end)}"]]`);
  // The first property is longer than the part that was read.
  return beginning.startsWith('[["') ? [] : undefined;
}

/** Makes a hit for Live, if only the beginning of its properties was read. @param hit the hit without properties */
export function readInPart(hit: StoredHit, beginning: unknown, count: number): ReadForLive {
  const properties = firstProperties(beginning);
  if (properties) return { hit: { ...hit, properties }, count };
  return { hit: { ...hit, warnings: [['damaged-hit']] }, count: 0 };
}

function toLiveHit({ hit, count }: ReadForLive): LiveHit {
  const { kind, id, person, name, time, received, duplicate } = hit;
  const properties: [string, string][] = [];
  let left = PROPERTIES_IN_LIVE_CHARACTERS;
  for (const property of hit.properties) {
    if (properties.length === PROPERTIES_IN_LIVE) break;
    const size = JSON.stringify(property).length;
    if (size > left) continue;
    left -= size;
    properties.push(property);
  }
  const more = count - properties.length;
  return {
    ...{ kind, id, person, name, time, received, properties: Object.fromEntries(properties) },
    ...(more && { moreProperties: more }),
    warnings: hit.warnings.map(sentenceOf),
    warningCodes: hit.warnings.map(codeOf),
    duplicate,
  };
}

function toLiveRefusal({ received, reason, request }: Refusal): LiveRefusal {
  return { received, reason: sentenceOf(reason), code: codeOf(reason), advice: adviceOf(reason), request };
}
