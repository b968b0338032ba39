import type { Registry } from 'prom-client';
import { DemoDataMaker } from '../demo-data/maker.js';
import { now } from './clock.js';
import type { CollectorOptions } from './options.js';
import { removerOf } from './removal.js';
import { clickHouseReportsOfOptions, expiredIn, reportsOfOptions } from './reports-of-options.js';
import type { EmbeddedReports } from './reports/embedded-reports.js';
import type { ReportEngine } from './reports/report-engine.js';
import { areWanted, noteDaily, noteWanted } from './reports/wanted.js';
import { Retention } from './retention.js';
import { countingOf, type Config } from './sites/config.js';
import { hitsLeftBehind } from './store/hits-left-behind.js';
import { openStore } from './store/open.js';
import type { Remover, WritableStore } from './store/store.js';
import { throttledErrors, type Log } from './watch/log.js';
import { describeErasures, describeReports } from './watch/metrics.js';
import { RemovalClock } from './watch/removal-clock.js';

/**
 * The store that the options name, and all that works on it: reports, removal, retention, the demo shop's visitors. One process
 * has them, the only one or the primary.
 */
export class StoreServices {
  readonly store: WritableStore;
  readonly reports: ReportEngine;
  /** Removes from the store and from the reports. */
  readonly remover: Remover;
  /** The maker of the demo shop's visitors; undefined if the shop is not served. */
  readonly demoData: DemoDataMaker | undefined;
  /** The store's own reports, which `close` ends: one of the two, or neither if the constructor was given reports. */
  private readonly embedded: EmbeddedReports | undefined;
  private readonly distributed: ReturnType<typeof clickHouseReportsOfOptions>;
  private readonly retention: Retention;

  /**
   * @param reports answers instead of the store's own reports
   * @throws Error for an invalid URL of a store, or a data folder that cannot be used
   */
  constructor(
    private readonly options: CollectorOptions,
    config: Config,
    log: Log,
    reports?: ReportEngine,
  ) {
    const onError = throttledErrors(log);
    this.store = openStore({
      url: options.store,
      folder: options.data,
      counting: countingOf(config),
      durability: options.durability,
      onError,
      onNotice: (sentence) => log.warn(sentence),
      onHidden: () => void this.embedded?.compare().catch(() => undefined),
    });
    if (options.store !== undefined) {
      void hitsLeftBehind(options.data).then((sentence) => sentence !== undefined && log.warn(sentence), onError);
    }
    if (options.demo) this.demoData = new DemoDataMaker({ store: this.store, now, inBackground: true, onError });
    const clock = new RemovalClock(options.data);
    if (!reports) {
      const expired = (): Record<string, number> => expiredIn(config, clock.read().seconds);
      const onAsked = noteDaily((now) => noteWanted(this.store, now), now);
      this.embedded = reportsOfOptions(options, config, log, { onAsked, expired });
      this.distributed = clickHouseReportsOfOptions(options, config);
    }
    this.reports = reports ?? this.distributed ?? this.embedded!;
    this.embedded?.share();
    if (this.embedded) void this.startIfWanted(this.embedded).catch(onError);
    this.remover = removerOf(this.store, this.embedded);
    this.retention = new Retention(this.remover, this.store, config, log, clock);
  }

  /** Adds the metrics of the store, and those of the process of reports if the embedded store has its own reports. */
  addMetrics(registry: Registry): void {
    describeErasures(registry, () => this.store.unfinishedErasures());
    if (this.embedded) describeReports(registry, () => this.embedded!.readings);
  }

  /**
   * Starts to store the demo shop's visitors, if the options say so and the store has no hits.
   * @returns the maker, if they are being stored
   */
  async beginDemoData(): Promise<DemoDataMaker | undefined> {
    const { demoData, store } = this.options;
    // ClickHouse may not be running yet, so it is not asked here.
    if (!this.demoData || demoData !== 'empty' || store !== undefined) return undefined;
    return (await this.demoData.makeWhereEmpty()) ? this.demoData : undefined;
  }

  private async startIfWanted(reports: EmbeddedReports): Promise<void> {
    if (await areWanted(this.store, now())) reports.start();
  }

  /** Call it after the last commit. */
  async close(): Promise<void> {
    // The process of reports has the lowest priority and may end slowly, so it ends while the store is being closed.
    const reportsEnded = this.embedded?.close();
    // Before the store is closed: after that, another process may share the reports of this folder.
    await this.embedded?.endSharing();
    // Retention can take minutes for millions of hits. Closing the store interrupts it.
    const retained = this.retention.close();
    await this.demoData?.close();
    await this.store.close();
    await retained;
    await reportsEnded;
    await this.distributed?.close();
  }
}
