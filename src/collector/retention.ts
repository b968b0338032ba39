import type { Config } from './sites/config.js';
import { siteOf } from './sites/config.js';
import { now } from './clock.js';
import type { Log } from './watch/log.js';
import type { Remover } from './store/store.js';

const INTERVAL_MS = 3_600_000;
const DAY_SECONDS = 86_400;

/** Once an hour, removes hits that are older than `retention` in the settings of their site, in days. */
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

  /** Stops after the current site. The rest is done after the next start. */
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
        // An error is expected if the store was closed meanwhile.
        if (!this.closed)
          this.log.error({ err: error, site: key }, 'old hits of a site could not be removed: tried again in an hour');
      }
    }
  }
}
