import type { Config } from './sites/config.js';
import { siteOf } from './sites/config.js';
import { now } from './clock.js';
import type { Log } from './watch/log.js';
import type { Remover } from './store/store.js';

const INTERVAL_MS = 3_600_000;
const DAY_SECONDS = 86_400;

/** Removes, once an hour, what is older than its site keeps it (`retention` in the settings of the site, in days). */
export class Retention {
  private readonly timer: NodeJS.Timeout;
  private running: Promise<void>;
  private closed = false;

  constructor(
    private readonly store: Pick<Remover, 'expire'>,
    private readonly config: Config,
    private readonly log: Log,
  ) {
    this.running = this.run();
    const again = (): void => void (this.running = this.running.then(() => this.run()));
    this.timer = setInterval(again, INTERVAL_MS).unref();
  }

  /** Ends with the current site; the next start does the rest. */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    for (const key of Object.keys(this.config.sites)) {
      const { retention } = siteOf(this.config, key);
      if (retention === undefined || this.closed) continue;
      try {
        const hits = await this.store.expire(key, now() - retention * DAY_SECONDS);
        if (hits) this.log.info({ site: key, hits }, "removed hits that were older than the site's retention");
      } catch (error) {
        // A store that is closed meanwhile stops.
        if (!this.closed) this.log.error(error);
      }
    }
  }
}
