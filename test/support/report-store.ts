import { join } from 'node:path';
import { EmbeddedReports } from '../../src/collector/reports/embedded-reports.js';
import type { ReportsOptions } from '../../src/collector/reports/reports-process.js';
import { removerOf } from '../../src/collector/removal.js';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import type { Counting, Remover } from '../../src/collector/store/store.js';
import type { ReportKind, Reports } from '../../src/protocol/reports.js';
import { foldName } from '../../src/protocol/text.js';
import type { Hit, World } from '../reports/evaluator/world.js';
import { KEY } from './collector.js';

/** The mark of an event that repeats another one, for a site without settings. */
const REPEAT = 2;

/** A store and its reports, in their own process. */
export class ReportStore {
  readonly store: EmbeddedStore;
  reports: EmbeddedReports;
  remover: Remover;
  readonly notices: string[] = [];
  /** The time before which hits were removed. */
  expired: number | undefined;

  constructor(
    readonly folder: string,
    private readonly timeZone = 'UTC',
    private readonly counting: Counting = 'auto',
  ) {
    this.store = new EmbeddedStore({
      folder,
      counting: () => counting,
      onError: (error) => this.notices.push(String(error)),
    });
    this.reports = this.open();
    this.remover = removerOf(this.store, this.reports);
  }

  /** Other reports on the same folder. */
  async restart(options: Partial<ReportsOptions> = {}): Promise<void> {
    await this.reports.close();
    this.reports = this.open(options);
    this.remover = removerOf(this.store, this.reports);
  }

  /** Kills the process of reports, as an operating system does that has no free memory. */
  kill(): void {
    const { process } = this.reports as unknown as { process: { child?: { kill: (signal: string) => void } } };
    process.child?.kill('SIGKILL');
  }

  async ask<K extends ReportKind>(kind: K, question: Reports[K]['question']): Promise<Reports[K]['answer']> {
    const answer = await this.reports.ask(kind, KEY, question, new AbortController().signal);
    return JSON.parse(Buffer.from(answer).toString()) as Reports[K]['answer'];
  }

  /** The contents of the store, read by the view for owners. */
  world(asOf: number): World {
    const db = openDatabase(join(this.folder, 'kmq.db'));
    try {
      const identities = db
        .prepare(
          'SELECT i.id AS identity, i.identity AS name, i.person FROM identities i JOIN sites s ON s.id = i.site WHERE s.key = ?',
        )
        .all(KEY) as { identity: number; name: string; person: number }[];
      const rows = db
        .prepare(
          `SELECT r.id AS hit, h.time, h.identity, r.kind, r.name, h.duplicate, h.agent, r.properties
           FROM readable_hits r JOIN hits h ON h.id = r.id WHERE r.site = ? AND r.kind <> 'alias'`,
        )
        .all(KEY) as (Pick<Hit, 'hit' | 'time' | 'identity' | 'agent'> & Record<string, unknown>)[];
      const hits = rows.map(({ hit, time, identity, agent, kind, name, duplicate, properties }) => ({
        ...{ hit, time, identity, agent },
        event: kind === 'event' && !((duplicate as number) & REPEAT) ? foldName(name as string) : null,
        properties: Object.fromEntries(
          Object.entries(JSON.parse(properties as string) as Record<string, string>).map(([name, value]) => [
            foldName(name),
            value,
          ]),
        ),
      }));
      return { hits, identities, timeZone: this.timeZone, asOf };
    } finally {
      db.close();
    }
  }

  async close(): Promise<void> {
    await this.reports.close();
    await this.store.close();
  }

  private open(options: Partial<ReportsOptions> = {}): EmbeddedReports {
    const site = { counting: this.counting, timeZone: this.timeZone, domains: [] };
    return new EmbeddedReports({
      folder: this.folder,
      limits: { memory: 1024, threads: 1 },
      timeLimit: 30,
      // As in a file of settings: other sites have the defaults.
      settings: { sites: { [KEY]: site }, others: { ...site, counting: 'auto' } },
      intervalMs: 20,
      expired: () => (this.expired === undefined ? {} : { [KEY]: this.expired }),
      onNotice: (sentence) => this.notices.push(sentence),
      ...options,
    });
  }
}
