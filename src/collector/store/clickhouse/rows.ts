import { reasonFromText, reasonToText } from '../../../protocol/reasons.js';
import type { Entry, ExportedHit, Refusal } from '../store.js';
import { propertiesIn, warningsIn } from '../model/stored-columns.js';
import { AGENTS, agentIn } from '../model/agents.js';
import { KINDS } from '../model/kinds.js';

/** A hit as ClickHouse gives it back. */
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

/** Entries as ClickHouse is given them: JSON, a row in each line. */
export interface InsertLines {
  hits: string;
  refusals: string;
  /** One identity of each alias, by site. */
  aliased: [site: string, identity: string][];
}

/** @param first the stamp of the first entry; each further one is one more */
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

/** JSON has an escape for half a character, and UTF-8, which ClickHouse keeps, has none. */
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

/** The id that a hit came with; null for a made one. */
export function ownId({ id }: Pick<HitRow, 'id'>): string | null {
  return id.startsWith('i') ? id.slice(1) : null;
}

/** A hit as far as it can be read: of a damaged row who it is of and when it was, for who shows it beside others. */
export function toHit(row: HitRow): ExportedHit {
  return hitIn(row) ?? { ...hitWith(row, 'properties', []), warnings: [['damaged-hit']] };
}

/** The hit in a row; undefined where the row is damaged. */
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
