import { Turns } from '../model/turns.js';
import type { Components } from './components.js';
import type { Removal } from './removal.js';
import type { InsertLines } from './rows.js';

/** After so many refused requests, it is looked whether there are too many of them. */
const REFUSALS_PER_CHECK = 2000;

/** What is done behind the inserts. Nobody waits for it, and nothing is missing without it but speed and room. */
export class Upkeep {
  private readonly turns = new Turns();
  private refusals = 0;

  constructor(
    private readonly components: Components,
    private readonly removal: Removal,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** ClickHouse has new aliases: those people get shortcuts. */
  aliased(aliased: InsertLines['aliased']): void {
    const sites = new Map<string, Set<string>>();
    for (const [site, identity] of aliased) sites.set(site, (sites.get(site) ?? new Set()).add(identity));
    this.add(async () => {
      for (const [site, identities] of sites) await this.components.shorten(site, identities);
    });
  }

  /** ClickHouse has so many more refused requests. */
  refused(count: number): void {
    this.refusals += count;
    if (this.refusals < REFUSALS_PER_CHECK) return;
    this.refusals = 0;
    this.add(() => this.removal.pruneRefusals());
  }

  /** Resolves when all is done that is due so far. */
  async ended(): Promise<void> {
    await this.turns.ended();
  }

  private add(work: () => Promise<void>): void {
    this.turns.run(work).catch(this.onError);
  }
}
