import { reasonFromText, reasonToText } from '../../../protocol/reasons.js';
import type { Entry, ExportedHit, Refusal } from '../store.js';
import { propertiesIn, warningsIn } from '../model/stored-columns.js';
import { AGENTS, agentIn } from '../model/agents.js';
import { KINDS } from '../model/kinds.js';

/** A row of a hit, as ClickHouse returns it. */
export interface HitRow {
  site: string;
  identity: string;
  sent: number;
  id: string;
  stamp: number;
  source: number;
  timed: number;
  kind: number;
  name: string;
  time: number;
  received: number;
  properties: string;
  warnings: string;
  agent: number;
}

export interface RefusalRow {
  key: string;
  stamp: number;
  source: number;
  received: number;
  reason: string;
  request: string;
}

/** Entries for inserts into ClickHouse: JSON, a row on each line. */
export interface InsertLines {
  hits: string;
  refusals: string;
  /** One identity of each alias, by site. */
  aliased: [site: string, identity: string][];
}

/** @param first the stamp of the first entry; the stamp of each further entry is one more */
export function toInsertLines(entries: readonly Entry[], source: number, first: number): InsertLines {
  const lines: InsertLines = { hits: '', refusals: '', aliased: [] };
  entries.forEach((entry, index) => {
    const stamp = first + index;
    if ('refusal' in entry) {
      lines.refusals += `${JSON.stringify(refusalRow(entry.refusal, source, stamp))}\n`;
      return;
    }
    const { hit, received, agent } = entry;
    const row: HitRow = {
      site: hit.key.toWellFormed(),
      identity: hit.person.toWellFormed(),
      sent: hit.sent ?? 0,
      id: hit.id === null ? `m${source}.${stamp}` : `i${hit.id.toWellFormed()}`,
      stamp,
      source,
      timed: hit.sent === null ? 0 : 1,
      kind: KINDS.indexOf(hit.kind),
      name: hit.name?.toWellFormed() ?? '',
      time: hit.time,
      received,
      properties: JSON.stringify(hit.properties),
      warnings: JSON.stringify(hit.warnings),
      agent: AGENTS.indexOf(agent) + 1,
    };
    lines.hits += `${JSON.stringify(row)}\n`;
    if (hit.kind === 'alias') lines.aliased.push([row.site, row.identity]);
  });
  return lines;
}

/** The row of a refusal, without unpaired surrogates: JSON can contain them, but ClickHouse stores UTF-8. */
function refusalRow({ key, received, reason, request }: Refusal, source: number, stamp: number): RefusalRow {
  return {
    key: key?.toWellFormed() ?? '',
    stamp,
    source,
    received,
    reason: reasonToText(reason).toWellFormed(),
    request: request.toWellFormed(),
  };
}

/** The id with which a hit was sent; null if the id was made here. */
export function ownId({ id }: Pick<HitRow, 'id'>): string | null {
  return id.startsWith('i') ? id.slice(1) : null;
}

/** The hit of a row. For a damaged row, a hit with only its person and time, so that a list can show it. */
export function toHit(row: HitRow): ExportedHit {
  return hitIn(row) ?? { ...hitWith(row, 'properties', []), warnings: [['damaged-hit']] };
}

/** The hit of a row; undefined if the row is damaged. */
export function hitIn(row: HitRow): ExportedHit | undefined {
  const kind = KINDS[row.kind];
  const properties = propertiesIn(row.properties);
  return kind && properties && hitWith(row, kind, properties);
}

function hitWith(row: HitRow, kind: ExportedHit['kind'], properties: ExportedHit['properties']): ExportedHit {
  return {
    kind,
    key: row.site,
    person: row.identity,
    name: kind === 'properties' ? null : row.name,
    time: row.time,
    sent: row.timed ? row.sent : null,
    id: ownId(row),
    properties,
    warnings: warningsIn(row.warnings),
    received: row.received,
    agent: agentIn(row.agent - 1, ownId(row)),
  };
}

export function toRefusal({ key, received, reason, request }: RefusalRow): Refusal {
  return { key: key === '' ? null : key, received, reason: reasonFromText(reason), request };
}
