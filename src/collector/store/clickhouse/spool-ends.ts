import type { Nodes } from './nodes.js';
import type { Tables } from './tables.js';

/** Up to which stamp the hits of a spool are there. */
export interface SpoolEnd {
  source: number;
  stamp: number;
}

/** @param table `progress` for what is stored, `report_progress` for what is copied into reports @returns sorted by source */
export const spoolEnds = (nodes: Nodes, tables: Tables, table: 'progress' | 'report_progress'): Promise<SpoolEnd[]> =>
  nodes.rows(`SELECT source, max(stamp) AS stamp FROM ${tables.all(table)} GROUP BY source ORDER BY source`);
