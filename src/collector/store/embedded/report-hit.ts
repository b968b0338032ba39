import type { AcceptedHit, Kind } from '../../../protocol/interpret.js';
import { AGENTS, agentIn } from '../model/agents.js';
import { KINDS } from '../model/kinds.js';
import type { Counting } from '../store.js';
import { isMarkedRepeat } from './repeat-marks.js';
import type { TextReader } from './text-reader.js';

/** A hit as reports need it, by its number in the store. */
export interface ReportHit {
  row: number;
  site: number;
  identity: number;
  /** The person to whom the identity belonged when the hit was read. */
  person: number;
  kind: Kind;
  /** The event; in an alias the other identity. */
  name: string | null;
  time: number;
  properties: AcceptedHit['properties'];
  /** Whether it repeats another hit, by the counting of the site. */
  isRepeat: boolean;
  /** Its number in AGENTS. */
  agent: number;
}

/**
 * Later times count as this one, in the year 2106: reports sort hits by a number with 32 bits for the time. The store contains
 * such a hit only if the clock of a collector was wrong.
 */
const LAST_TIME = 2 ** 32 - 1;

/** Reads rows for `reportHitIn`. */
export const SELECT_REPORT_ROWS = `
  SELECT h.id, h.site, h.identity, i.person, h.kind, h.name, h.event, h.time, h.properties, h.size, h.duplicate, h.agent,
    h.hit_id AS hitId
  FROM hits h JOIN identities i ON i.id = h.identity AND i.site = h.site`;

export interface ReportRow {
  id: number;
  site: number;
  identity: number;
  person: number;
  kind: number;
  name: string | null;
  event: number | null;
  time: number;
  properties: string;
  size: number | null;
  duplicate: number;
  agent: number | null;
  hitId: string | null;
}

/**
 * A hit as reports need it; undefined if its columns are not those of a hit.
 * @param counting how a site counts, by its number
 */
export function reportHitIn(
  row: ReportRow,
  texts: TextReader,
  counting: (site: number) => Counting,
): ReportHit | undefined {
  const kind = KINDS[row.kind];
  const name = texts.nameOf(row);
  const properties = texts.propertiesOf(row.properties);
  if (kind === undefined || name === undefined || !properties || !Number.isSafeInteger(row.time)) return undefined;
  if (kind !== 'properties' && typeof name !== 'string') return undefined;
  return {
    row: row.id,
    site: row.site,
    identity: row.identity,
    person: row.person,
    kind,
    name,
    time: Math.min(row.time, LAST_TIME),
    properties,
    isRepeat: kind === 'event' && isMarkedRepeat(row.duplicate, counting(row.site)),
    agent: AGENTS.indexOf(agentIn(row.agent, row.hitId)),
  };
}
