import { join } from 'node:path';
import type { People, Person } from '../../../protocol/api.js';
import { StoreThread } from '../model/thread.js';
import type { Counting, DamagedRow, ExportedHit, Json, LivePage, Reader } from '../store.js';
import type { Queries } from './queries.js';
import { DATABASE_FILE } from './schema.js';

/** The reading half of the embedded store: any number of processes can read the file that one of them writes. */
export class EmbeddedReader implements Reader {
  private readonly queries: StoreThread<Queries>;

  /** @param folder of the database */
  constructor(
    folder: string,
    private readonly counting: (key: string) => Counting,
  ) {
    this.queries = new StoreThread('embedded/queries-thread.js', join(folder, DATABASE_FILE));
  }

  person(key: string, identity: string): Promise<Json<Person> | undefined> {
    return this.queries.call('person', key, identity, this.counting(key));
  }

  people(key: string, text: string, limit: number): Promise<Json<People>> {
    return this.queries.call('people', key, text, limit);
  }

  live(key: string, cursor: string | undefined, limit: number): Promise<LivePage> {
    return this.queries.call('live', key, cursor, limit, this.counting(key));
  }

  async *export(key: string, onDamaged: (row: DamagedRow) => void = () => undefined): AsyncIterable<ExportedHit> {
    for (let last = 0; ;) {
      const page = await this.queries.call('exportPage', key, last);
      page.damaged.forEach(onDamaged);
      if (page.last === last) return;
      yield* page.hits;
      last = page.last;
    }
  }

  async *rawExport(key: string, onDamaged: (row: DamagedRow) => void = () => undefined): AsyncIterable<Uint8Array> {
    for (let last = 0; ;) {
      const page = await this.queries.call('rawExportPage', key, last);
      page.damaged.forEach(onDamaged);
      if (page.last === last) return;
      yield page.lines;
      last = page.last;
    }
  }

  keys(): Promise<string[]> {
    return this.queries.call('keys');
  }

  async close(): Promise<void> {
    await this.queries.close();
  }
}
