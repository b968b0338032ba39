import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Expiry } from '../../src/collector/store/embedded/expiry.js';
import { migrate } from '../../src/collector/store/embedded/schema.js';
import { SearchIndex } from '../../src/collector/store/embedded/search-index.js';
import { Steps } from '../../src/collector/store/embedded/removal-steps.js';
import { EmbeddedWriter } from '../../src/collector/store/embedded/writer.js';
import { DiskSpace } from '../../src/collector/store/sqlite/disk-space.js';
import { openDatabase, type Database } from '../../src/collector/store/sqlite/database.js';
import { LogTruncation } from '../../src/collector/store/sqlite/log-truncation.js';
import { Reserve } from '../../src/collector/store/sqlite/reserve.js';
import type { Entry } from '../../src/collector/store/store.js';
import { temporaryFolder } from './collector.js';
import { counted, type Counts } from './counted-database.js';

/** Steps of a removal. `between` runs before the steps that remove people. */
class StepsBetween extends Steps {
  between: () => void = () => undefined;
  private removals = 0;

  override whileFull(...parameters: Parameters<Steps['whileFull']>): Promise<void> {
    // The first steps remove the hits of a site.
    if (this.removals++) this.between();
    return super.whileFull(...parameters);
  }
}

export interface Expiring {
  db: Database & Counts;
  writer: EmbeddedWriter;
  steps: StepsBetween;
  expiry: Expiry;
  /** Another retention on the same store, as after a start of the collector. */
  again: () => Expiry;
  /** The costs of some work. */
  costOf: <T>(work: () => Promise<T>) => Promise<Counts & { result: T }>;
}

/** A retention on a counted database with some entries. */
export async function expiring(entries: readonly Entry[]): Promise<Expiring> {
  const folder = await temporaryFolder();
  const db = counted(openDatabase(join(folder, 'kmq.db')));
  onTestFinished(() => db.close());
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
  migrate(db);
  const writer = new EmbeddedWriter(db);
  writer.append(entries);
  const diskSpace = new DiskSpace(new Reserve(folder), new LogTruncation(db));
  const index = new SearchIndex(db, writer, diskSpace, () => undefined);
  const steps = new StepsBetween(writer.transaction, diskSpace);
  const again = (): Expiry => new Expiry({ db, writer, index, steps });
  const costOf: Expiring['costOf'] = async (work) => {
    db.statements = db.transactions = db.mostChanges = db.rows = 0;
    const result = await work();
    const { statements, transactions, mostChanges, rows } = db;
    return { statements, transactions, mostChanges, rows, result };
  };
  return { db, writer, steps, expiry: again(), again, costOf };
}
