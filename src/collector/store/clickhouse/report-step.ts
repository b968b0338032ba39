import type { Nodes } from './nodes.js';
import type { Alias, ReportMerges } from './report-merges.js';
import type { ReportRows } from './report-rows.js';
import { MarkedStatements } from './running-statements.js';

/** The statements that fill reports. */
export const STEPS = new MarkedStatements('kmq fills reports');

/** Marks a statement as one of those that fill reports. @param statement an INSERT */
export const filling = (statement: string): string => STEPS.mark(statement);

/**
 * Copies hits into the tables of reports. It may be repeated, but not before its statements have ended: two of them would not see each other's
 * rows, and hits would be there twice.
 */
export async function copyHits(nodes: Nodes, merges: ReportMerges, rows: ReportRows): Promise<void> {
  // Merges are stored only for identities that are in the table.
  await nodes.execute(filling(rows.identities));
  await merges.noteAll(() =>
    nodes.rows<Alias>(`SELECT site, toString(one) AS one, toString(other) AS other FROM (${rows.aliases})`),
  );
  // Names are inserted after the hits that contain them: see ReportRemoval.
  for (const statement of [rows.seen, rows.hits, rows.names]) await nodes.execute(filling(statement), true);
}
