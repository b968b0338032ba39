import { setTimeout as wait } from 'node:timers/promises';
import type { Erased } from '../protocol/api.js';
import type { EmbeddedReports } from './reports/embedded-reports.js';
import type { Remover } from './store/store.js';

/** How long a request waits until the file of reports is written again. For most stores that takes less time. */
const PATIENCE_MS = 2000;

/** Removes from a store and from its reports. */
export function removerOf(store: Remover, reports: EmbeddedReports | undefined): Remover {
  if (!reports) return store;
  return {
    async erase(key, identity) {
      let erased: Erased | undefined;
      try {
        erased = await store.erase(key, identity);
      } catch (error) {
        // If it failed in the middle, some identities may be removed already.
        void reports.compare().catch(() => undefined);
        throw error;
      }
      // Without identities there is nobody in reports.
      if (!erased?.identities.length || (await isGone(reports, key, erased.identities))) return erased;
      return { ...erased, pending: [...(erased.pending ?? []), 'reports'] };
    },
    async expire(key, before) {
      const hits = await store.expire(key, before);
      if (hits) await reports.expire(key, before);
      return hits;
    },
  };
}

/**
 * Whether the file of reports contains nothing of the person. If this fails, the process of reports removes the person before its
 * next answer.
 */
async function isGone(reports: EmbeddedReports, key: string, names: readonly string[]): Promise<boolean> {
  try {
    if (await reports.forget(key, names)) return true;
    const rewritten = reports.rewritten().then(() => true);
    return await Promise.race([rewritten, wait(PATIENCE_MS, false, { ref: false })]);
  } catch {
    return false;
  }
}
