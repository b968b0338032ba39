import type { HitSource } from '../store.js';
import { parseAddress } from './address.js';
import { Components } from './components.js';
import { isMissing } from './error-code.js';
import { ExportReader } from './export-reader.js';
import { assertKnownVersion } from './migration.js';
import { Nodes } from './nodes.js';
import { PeopleReader } from './people-reader.js';
import { HIT_COLUMNS, Tables } from './tables.js';
import { withoutHits } from './unavailable.js';

/**
 * Opens a ClickHouse for reading. It makes and changes nothing there, so a mistyped database is an error.
 * @throws Error for an invalid URL
 */
export function openClickHouseSource(url: string): HitSource {
  const address = parseAddress(url);
  const [nodes, tables] = [new Nodes(address), new Tables(address)];
  const people = new PeopleReader(nodes, tables, new Components(nodes, tables));
  return {
    async keys() {
      try {
        const keys = await people.keys();
        await assertKnownVersion(nodes, tables);
        return keys;
      } catch (error) {
        throw isMissing(error) ? withoutHits(tables.database, error) : error;
      }
    },
    async *export(key, onDamaged = () => undefined) {
      const reader = new ExportReader(nodes, tables, await hitColumns(nodes, tables));
      yield* reader.export(key, onDamaged);
    },
    close: () => nodes.close(),
  };
}

/** The columns of a hit, with 0 for those that the tables of an earlier version do not have. */
async function hitColumns(nodes: Nodes, tables: Tables): Promise<string> {
  const found = await nodes.rows<{ name: string }>(`DESCRIBE TABLE ${tables.all('arrivals')}`);
  const there = new Set(found.map(({ name }) => name));
  return HIT_COLUMNS.split(', ')
    .map((column) => (there.has(column) ? column : `0 AS ${column}`))
    .join(', ');
}
