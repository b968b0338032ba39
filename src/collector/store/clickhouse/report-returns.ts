import type { Nodes } from './nodes.js';
import { ReportMerges, type Alias } from './report-merges.js';
import { ReportRows, type StampRange } from './report-rows.js';
import { copyHits } from './report-step.js';
import { numbersOf, piecesOf, text, texts, these } from './sql.js';
import type { Tables } from './tables.js';

/** The most identities in one statement, which names them several times. */
const IDENTITIES_AT_ONCE = 10_000;
/** The most hits that one step copies. */
const HITS_PER_STEP = 50_000;

export interface ReportReturnsParts {
  nodes: Nodes;
  tables: Tables;
  /** Removes hits of reports, with the rows that belong to them, and waits until they are gone. @param condition SQL */
  removeHits: (key: string, condition: string) => Promise<void>;
  /** Waits for steps of other collectors that run now. */
  stepsEnded: () => Promise<void>;
}

/**
 * People who come back while they are removed. Another collector may have copied their new hits while reports still contained the old
 * hits and merges: then the new rows were removed with the old ones, count as repeats of them, or have the number of a person who is gone.
 */
export class ReportReturns {
  private readonly merges: ReportMerges;

  constructor(private readonly parts: ReportReturnsParts) {
    this.merges = new ReportMerges(parts.nodes, parts.tables);
  }

  /**
   * Others who were merged with these people meanwhile, by aliases that are newer than the removal. Call it before the merges are removed.
   * All names are in memory at the same time. A person has hardly more than 10,000 identities, and 100,000 took 6 MiB, and at most
   * 48 MiB while they were read.
   * @param numbers SQL: the numbers of the identities that were removed @returns their names
   */
  async mergedWith(key: string, numbers: string): Promise<string[]> {
    const { nodes, tables } = this.parts;
    const site = `site = ${text(key)}`;
    const others = new Set<string>();
    // An identity may have got another person since its hits were written.
    for (const table of ['report_people', 'report_hits'] as const) {
      const rows = await nodes.rows<{ identity: string }>(
        `SELECT DISTINCT toString(identity) AS identity FROM ${tables.all(table)}
        WHERE ${site} AND person IN ${numbers} AND identity NOT IN ${numbers}`,
      );
      for (const { identity } of rows) others.add(identity);
    }
    const names: string[] = [];
    for (const some of piecesOf([...others], IDENTITIES_AT_ONCE)) {
      const list = some.map(BigInt).join(', ');
      const named = await nodes.rows<{ name: string }>(
        `SELECT DISTINCT name FROM ${tables.all('report_identities')} WHERE ${site} AND identity IN (${list})`,
      );
      for (const { name } of named) names.push(name);
    }
    return names;
  }

  /** Copies the hits and merges of these people again. Call it after their merges were removed. */
  async copyAgain(key: string, identities: readonly string[], numbers: string): Promise<void> {
    const { nodes, tables, removeHits, stepsEnded } = this.parts;
    const pages = [...piecesOf(identities, IDENTITIES_AT_ONCE)];
    let isBack = false;
    for (const page of pages) {
      await this.merges.noteAll(() => this.aliasesOf(key, page));
      isBack ||= (await this.steps(key, page)).length > 0;
    }
    if (!isBack) return;
    const stale = `site = ${text(key)} AND (identity IN ${numbers} OR person IN ${numbers})`;
    // Rows of the others, who were not removed, are there already. They are removed only if a hit is there twice.
    const theirs = pages.map((page) => `site = ${text(key)} AND identity IN ${numbersOf(key, page)}`);
    for (let gone = [stale]; gone.length;) {
      // A step may have read merges that were removed since.
      await stepsEnded();
      for (const condition of gone) await removeHits(key, condition);
      // Found after the removal, which also removes what has arrived and was copied until it began.
      for (const page of pages) {
        for (const step of await this.steps(key, page))
          await copyHits(nodes, this.merges, new ReportRows(tables, [step], `(${these(key, page)})`));
      }
      // If another collector has copied the same hits at the same moment, they are there twice.
      await stepsEnded();
      gone = await this.twiceAmong([stale, ...theirs]);
    }
  }

  /** Their hits, which are those that have arrived since, in steps. */
  private steps(key: string, identities: readonly string[]): Promise<StampRange[]> {
    const { nodes, tables } = this.parts;
    return nodes.rows<StampRange>(
      `SELECT source, min(place) - 1 AS from, max(place) AS upto FROM (
        SELECT source, place, intDiv(row_number() OVER (PARTITION BY source ORDER BY place) - 1, ${HITS_PER_STEP}) AS step
        FROM (SELECT DISTINCT source, stamp AS place FROM ${tables.all('hits')} WHERE ${these(key, identities)}))
      GROUP BY source, step ORDER BY source, step`,
    );
  }

  private aliasesOf(key: string, identities: readonly string[]): Promise<Alias[]> {
    const { nodes, tables } = this.parts;
    return nodes.rows<Alias>(
      `SELECT DISTINCT site, toString(sipHash64(site, one)) AS one, toString(sipHash64(site, other)) AS other
      FROM ${tables.all('edges')} WHERE site = ${text(key)} AND one IN ${texts(identities)}`,
    );
  }

  /** Those of the conditions that select a hit that is there twice. */
  private async twiceAmong(conditions: readonly string[]): Promise<string[]> {
    const { nodes, tables } = this.parts;
    const found: string[] = [];
    for (const condition of conditions) {
      const twice = await nodes.rows(
        `SELECT hit FROM ${tables.all('report_hits')} WHERE ${condition} GROUP BY hit HAVING count() > 1 LIMIT 1`,
      );
      if (twice.length) found.push(condition);
    }
    return found;
  }
}
