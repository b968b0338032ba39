import { Turns } from '../model/turns.js';
import { IDENTITIES_LOOKED_FOR, peopleOf, type Components } from './components.js';
import { LargePeople } from './large-people.js';
import type { Removal } from './removal.js';
import type { InsertLines } from './rows.js';

/** If a lookup finds more than IDENTITIES_LOOKED_FOR and so many for each given identity, these are looked up in two halves. */
const OTHERS_PER_IDENTITY = 4;

/** After so many refused requests, their total is checked. */
const REFUSALS_PER_CHECK = 2000;

/** Background work after inserts, which saves time and space. No sender and no question waits for it; an erasure does. */
export class Upkeep {
  /** People whom aliases may have made too large. */
  readonly large = new LargePeople((site, identity) => this.add(() => this.look(site, [identity])));
  private readonly turns = new Turns();
  private refusals = 0;

  constructor(
    private readonly components: Components,
    private readonly removal: Removal,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Call it after an insert of aliases: looks up how large those people are now, and adds shortcuts. */
  aliased(aliased: InsertLines['aliased']): void {
    const sites = new Map<string, Set<string>>();
    for (const [site, identity] of aliased) sites.set(site, (sites.get(site) ?? new Set()).add(identity));
    this.add(async () => {
      for (const [site, identities] of sites) {
        // Full people are left out: an alias that changed anything would have been refused.
        const unknown = [...identities].filter((identity) => !this.large.isFull(site, identity));
        if (unknown.length) await this.look(site, unknown);
      }
    });
  }

  /** Call it after an insert of so many refused requests. */
  refused(count: number): void {
    this.refusals += count;
    if (this.refusals < REFUSALS_PER_CHECK) return;
    this.refusals = 0;
    this.add(() => this.removal.pruneRefusals());
  }

  /** Resolves when all work so far is done. */
  async ended(): Promise<void> {
    await this.turns.ended();
  }

  private async look(site: string, identities: string[]): Promise<void> {
    const most = IDENTITIES_LOOKED_FOR + OTHERS_PER_IDENTITY * identities.length;
    const { graph, whole } = await this.components.reachUpTo(most, site, identities);
    if (!whole && identities.length > 1) {
      const half = Math.ceil(identities.length / 2);
      await this.look(site, identities.slice(0, half));
      return this.look(site, identities.slice(half));
    }
    const people = peopleOf(graph);
    for (const { members } of people) this.large.learn(site, members);
    if (whole) await this.components.shorten(site, people);
  }

  private add(work: () => Promise<void>): void {
    this.turns.run(work).catch(this.onError);
  }
}
