import type { StoreSettings } from './open-reports.js';

const NAMES_IT = 'ClickHouse, which KMQ_STORE or the file of settings names';

/**
 * Says that a command works on ClickHouse although its flags name a folder only. Whoever moves hits to ClickHouse may have named it in the
 * variable already, and would take the hits of ClickHouse for those of the folder.
 */
export function tellOfClickHouse(
  { data, store }: Record<string, unknown>,
  settings: Pick<StoreSettings, 'store'>,
  does: 'reads' | 'writes',
): void {
  if (settings.store === undefined || data === undefined || store !== undefined) return;
  console.error(
    does === 'reads'
      ? `The hits are read from ${NAMES_IT}, and not from the folder of --data.`
      : `This command stores hits in ${NAMES_IT}. The folder of --data keeps only those that are not in ClickHouse yet.`,
  );
}
