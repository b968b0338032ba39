import { ALIAS } from '../model/kinds.js';
import { SHORTCUTS } from './components.js';
import type { Mutations } from './mutations.js';
import type { Nodes } from './nodes.js';
import type { ReportRemoval } from './report-removal.js';
import { text, texts, these } from './sql.js';
import type { Tables } from './tables.js';

/**
 * Removes identities after their hits were removed. Somebody may come back meanwhile, by a hit or by an alias. So each table loses only what
 * the table before it has lost: an alias between two of the identities stays while a hit says it, and an identity stays while it has hits or
 * aliases. ClickHouse checks that itself when it removes the rows, and sees what was inserted before it began.
 */
export class Forgetting {
  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
    private readonly mutations: Mutations,
    private readonly reports: ReportRemoval,
  ) {}

  /**
   * @param identities all identities of some people. An alias between one of them and any other identity is new, and stays
   * @param condition selects rows of the identities; there may be several rows for each
   */
  async forget(key: string, identities: string[], condition = '1'): Promise<void> {
    const { nodes, tables, mutations } = this;
    const list = texts(identities);
    const own = these(key, identities);
    // Before 21.10, ClickHouse does not complete a mutation with a subquery in a subquery.
    const unsaid = (global: '' | 'GLOBAL'): string =>
      ['identity, name', 'name, identity']
        .map(
          (columns) =>
            `(one, other) ${global} NOT IN (SELECT ${columns} FROM ${tables.all('hits')} WHERE ${own} AND kind = ${ALIAS})`,
        )
        .join(' AND ');
    const between = `site = ${text(key)} AND one IN ${list} AND other IN ${list}`;
    let isUnsaid: boolean;
    do {
      await mutations.delete('edges', `${between} AND ${unsaid('')}`);
      await mutations.completed();
      // Another collector may have read aliases before they were removed, and add shortcuts.
      await SHORTCUTS.ended(nodes, tables);
      // `GLOBAL`, since on a cluster each of these tables has the rows of all nodes.
      const isThere = `SELECT 1 AS found FROM ${tables.all('edges')} WHERE ${between} AND ${unsaid('GLOBAL')} LIMIT 1`;
      isUnsaid = (await nodes.rows(isThere)).length > 0;
    } while (isUnsaid);
    const hasHits = `identity IN (SELECT identity FROM ${tables.all('hits')} WHERE ${own})`;
    const isNamed = `identity IN (SELECT name FROM ${tables.all('hits')} WHERE ${own} AND kind = ${ALIAS})`;
    // Between two of them there may be a shortcut, which upkeep has inserted since. It says nothing that a hit does not say.
    const hasOthers = `identity IN (SELECT one FROM ${tables.all('edges')} WHERE site = ${text(key)} AND one IN ${list} AND other NOT IN ${list})`;
    await mutations.delete('identities', `${own} AND ${condition} AND NOT (${hasHits} OR ${isNamed} OR ${hasOthers})`);
    await mutations.completed();
    await this.reports.forget(key, identities);
  }
}
