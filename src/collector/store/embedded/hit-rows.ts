import { KINDS } from '../model/kinds.js';
import type { StoredHit } from '../store.js';

/**
 * Selects rows of hits `h`; conditions and the order follow. An identity that is being erased has no site any more, and
 * its hits are seen by nobody.
 */
export const selectHits = (properties: string): string => `
  SELECT h.id, s.key, i.identity AS person, h.kind, h.name, h.time, h.sent, h.received, h.hit_id AS hitId, ${properties},
    h.warnings, h.duplicate
  FROM hits h
  JOIN identities i ON i.id = h.identity AND i.site = h.site JOIN sites s ON s.id = h.site`;

export const SELECT_HITS = selectHits('h.properties');

export interface HitRow {
  id: number;
  key: string;
  person: string;
  kind: number;
  name: string | null;
  time: number;
  sent: number | null;
  received: number;
  hitId: string | null;
  properties: string;
  warnings: string | null;
  duplicate: number;
}

export function toHit(row: HitRow): StoredHit {
  return {
    kind: KINDS[row.kind]!,
    key: row.key,
    person: row.person,
    name: row.name,
    time: row.time,
    sent: row.sent,
    id: row.hitId,
    properties: JSON.parse(row.properties) as StoredHit['properties'],
    warnings: row.warnings ? (JSON.parse(row.warnings) as StoredHit['warnings']) : [],
    received: row.received,
    duplicate: row.duplicate === 1,
  };
}
