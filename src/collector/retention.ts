import type { Config } from './sites/config.js';
import { siteOf } from './sites/config.js';
import { now } from './clock.js';
import type { Log } from './watch/log.js';
import type { RemovalClock } from './watch/removal-clock.js';
import type { Remover, WritableStore } from './store/store.js';

const INTERVAL_MS = 3_600_000;
const DAY_SECONDS = 86_400;

/** What is removed, as the log names it. */
const NAMES = { hits: 'hits', refusals: 'refused requests' };

/**
 * Once an hour, removes hits and refused requests that are older than `retention` in the settings of their site, in days. For refused
 * requests that name no site, the shortest retention of all sites applies.
 */
export class Retention {
  private readonly timer: NodeJS.Timeout;
  private running: Promise<void>;
  private closed = false;
  private doubts = false;

  constructor(
    private readonly hits: Pick<Remover, 'expire'>,
    private readonly refusals: Pick<WritableStore, 'expireRefusals'>,
    private readonly config: Config,
    private readonly log: Log,
    private readonly clock: Pick<RemovalClock, 'read'>,
  ) {
    this.running = this.run();
    const again = (): void => void (this.running = this.running.then(() => this.run()));
    this.timer = setInterval(again, INTERVAL_MS).unref();
  }

  /** Stops after the current removal. The rest is done after the next start. */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    await this.running;
    // Notes how long the clock has been doubted: a collector that is restarted each half hour must trust it some day, too.
    this.clock.read();
  }

  private async run(): Promise<void> {
    const { seconds, isDoubted } = this.clock.read();
    if (isDoubted) this.sayDoubt();
    this.doubts = isDoubted;
    let shortest = Infinity;
    for (const key of Object.keys(this.config.sites)) {
      const { retention } = siteOf(this.config, key);
      if (retention === undefined) continue;
      shortest = Math.min(shortest, retention);
      const before = seconds - retention * DAY_SECONDS;
      await this.remove('hits', key, () => this.hits.expire(key, before));
      await this.remove('refusals', key, () => this.refusals.expireRefusals(key, before));
    }
    // A refused request that names no site may have been meant for any site.
    const before = seconds - shortest * DAY_SECONDS;
    if (shortest < Infinity) await this.remove('refusals', undefined, () => this.refusals.expireRefusals(null, before));
  }

  /** Once for each jump, if anything would be removed. */
  private sayDoubt(): void {
    const removes = Object.keys(this.config.sites).some((key) => siteOf(this.config, key).retention !== undefined);
    if (removes && !this.doubts)
      this.log.warn(
        { date: new Date(now() * 1000).toISOString() },
        'kmq has not run for more than a day, or the clock of this machine has jumped: for a day, `retention` removes only what was already ' +
          'too old when kmq ran last. If the date is wrong, set the clock',
      );
  }

  /** @param site undefined: what names no site */
  private async remove(what: keyof typeof NAMES, site: string | undefined, work: () => Promise<number>): Promise<void> {
    if (this.closed) return;
    try {
      const removed = await work();
      if (removed)
        this.log.info({ site, [what]: removed }, `removed ${NAMES[what]} that were older than the retention`);
    } catch (error) {
      // An error is expected if the store was closed meanwhile.
      if (!this.closed)
        this.log.error({ err: error, site }, `old ${NAMES[what]} could not be removed: kmq tries again in an hour`);
    }
  }
}
