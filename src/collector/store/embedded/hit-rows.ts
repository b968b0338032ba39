import { agentIn } from '../model/agents.js';
import { KINDS } from '../model/kinds.js';
import { warningsIn } from '../model/stored-columns.js';
import type { Counting, ExportedHit, StoredHit } from '../store.js';
import { isMarkedRepeat } from './repeat-marks.js';
import type { TextReader } from './text-reader.js';

/**
 * Selects rows of hits `h`; conditions and the order follow. An identity that is being erased has no site, so no
 * query finds its hits.
 */
export const selectHits = (properties: string): string => `
  SELECT h.id, s.key, i.identity AS person, h.kind, h.name, h.event, h.time, h.sent, h.received, h.hit_id AS hitId, ${properties},
    h.size, h.warnings, h.duplicate, h.agent
  FROM hits h
  JOIN identities i ON i.id = h.identity AND i.site = h.site JOIN sites s ON s.id = h.site`;

export const SELECT_HITS = selectHits('h.properties');

export interface HitRow {
  id: number;
  key: string;
  person: string;
  kind: number;
  name: string | null;
  /** The number of an event's name, if the name is in the table `texts`. */
  event: number | null;
  time: number;
  sent: number | null;
  received: number;
  hitId: string | null;
  properties: string;
  /** The size of the properties, as in texts.ts; also null if an earlier version has stored the hit. */
  size: number | null;
  warnings: string | null;
  /** Whether the hit is a repeat, as bits (repeat-marks.ts). */
  duplicate: number;
  /** Its number in AGENTS; null for a hit from before there were agents. */
  agent: number | null;
}

/** The columns that are read first, to choose the hits of a person that are read completely. */
export interface Size {
  id: number;
  time: number;
  bytes: number;
}

/** The columns of a Size, of hits `h`. */
export const SIZE = 'h.id, h.time, coalesce(h.size, octet_length(h.properties)) AS bytes';

/** The hit of a row. For a damaged row, a hit with a warning that it is damaged, so that a list can show it. */
export function toHit(row: HitRow, texts: TextReader, counting: Counting): StoredHit {
  const hit = hitIn(row, texts);
  if (!hit) return { ...damagedHit(row), warnings: [['damaged-hit']], duplicate: false };
  return { ...hit, duplicate: isMarkedRepeat(row.duplicate, counting) };
}

/** The hit of a row; undefined if the row is damaged. All columns are checked, since SQLite allows any value in any column. */
export function hitIn(row: HitRow, texts: TextReader): ExportedHit | undefined {
  const kind = KINDS[row.kind];
  const name = texts.nameOf(row);
  const properties = texts.propertiesOf(row.properties);
  if (name === undefined) return undefined;
  const isWhole =
    (name === null ? kind === 'properties' : typeof name === 'string') &&
    (row.hitId === null || typeof row.hitId === 'string') &&
    (row.sent === null || Number.isInteger(row.sent)) &&
    [row.time, row.received].every(Number.isInteger) &&
    [row.key, row.person].every((text) => typeof text === 'string');
  if (!isWhole || kind === undefined || !properties) return undefined;
  return {
    kind,
    key: row.key,
    person: row.person,
    name,
    time: row.time,
    sent: row.sent,
    id: row.hitId,
    properties,
    warnings: warningsIn(row.warnings),
    received: row.received,
    agent: agentIn(row.agent, row.hitId),
  };
}

function damagedHit({ key, person, time, received, agent }: HitRow): Omit<ExportedHit, 'warnings'> {
  const seconds = (value: number): number => (Number.isInteger(value) ? value : 0);
  return {
    kind: 'properties',
    key: String(key),
    person: String(person),
    name: null,
    time: seconds(time),
    sent: null,
    id: null,
    properties: [],
    received: seconds(received),
    agent: agentIn(agent, null),
  };
}
