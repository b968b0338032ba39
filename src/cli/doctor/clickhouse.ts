import { clickHouseState } from '../../collector/store/clickhouse-state.js';
import type { Settings } from '../resolve.js';
import { examineClock } from './clock.js';
import { fault, note, ok, reasonOf, type Finding } from './finding.js';

const ABOUT = 'ClickHouse';

/** Whether ClickHouse answers, and is recent enough. Nothing is written. */
export async function examineClickHouse({ store }: Settings): Promise<Finding[]> {
  if (store === undefined) return [];
  try {
    const { version, isEnoughForReports, firstForReports, secondsApart } = await clickHouseState(store);
    return [
      isEnoughForReports
        ? ok(ABOUT, `Version ${version} answers.`)
        : note(ABOUT, `Version ${version} stores hits, but reports need version ${firstForReports} or later.`),
      // Times of hits are by the collector's clock; retention and merges are by the clock of ClickHouse.
      ...examineClock('ClickHouse', -secondsApart, fault),
    ];
  } catch (error) {
    return [
      fault(
        ABOUT,
        `ClickHouse does not answer as it should: ${reasonOf(error)}. Hits wait in the data folder meanwhile, as long as it has space.`,
      ),
    ];
  }
}
