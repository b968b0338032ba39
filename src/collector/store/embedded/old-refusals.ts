import { setImmediate as turn } from 'node:timers/promises';
import { isDamage, NotedDamage } from '../sqlite/damage.js';
import { DAMAGED_REFUSALS } from './refusal-log.js';
import { StoredRefusals, type StoredRefusalsParts } from './stored-refusals.js';

/** Removes refusals by their age. One that cannot be read or removed does not prevent the removal of others. */
export class OldRefusals {
  private readonly refusals: StoredRefusals<{ id: number; received: number }>;

  constructor(private readonly parts: StoredRefusalsParts) {
    this.refusals = new StoredRefusals(parts, 'received', 'index');
  }

  /** @param key null: those without a site @param before Unix seconds @returns how many were removed */
  async drop(key: string | null, before: number): Promise<number> {
    let dropped = 0;
    let isWhole = true;
    try {
      // All are looked through: they are in the order of arrival, but the clock may have been wrong.
      for (const { rows, lost } of this.refusals.of(key)) {
        const old = rows.filter(({ received }) => received < before);
        const failed = old.length ? await this.refusals.drop(old) : [];
        dropped += old.length - failed.length;
        isWhole &&= !lost.length && !failed.length;
        this.parts.steps.goOn();
        await turn();
      }
    } catch (error) {
      // Both the table and its index have a page that cannot be read.
      if (!isDamage(error)) throw error;
      isWhole = false;
    }
    if (!isWhole) this.parts.writer.onDamage(new NotedDamage(DAMAGED_REFUSALS));
    return dropped;
  }
}
