import { clickHouseState, type ClickHouseState } from '../../collector/store/clickhouse-state.js';
import type { Settings } from '../resolve.js';
import { examineClock } from './clock.js';
import { fault, note, ok, reasonOf, type Finding } from './finding.js';

const ABOUT = 'ClickHouse';

/** Whether ClickHouse answers, and is recent enough. Nothing is written. */
export async function examineClickHouse({ store }: Settings): Promise<Finding[]> {
  if (store === undefined) return [];
  try {
    const state = await clickHouseState(store);
    const { version, isEnoughForReports, firstForReports, secondsApart } = state;
    return [
      isEnoughForReports
        ? ok(ABOUT, `Version ${version} answers.`)
        : note(ABOUT, `Version ${version} stores hits, but reports need version ${firstForReports} or later.`),
      ...examineRights(state),
      ...(state.unnamed === undefined ? [] : [fault(ABOUT, state.unnamed)]),
      // Hits get their times by the collector's clock, and are copied into reports by the clock of ClickHouse.
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

function examineRights({ user, rights: { isReader, missing } }: ClickHouseState): Finding[] {
  if (isReader)
    return [
      fault(
        ABOUT,
        `The user ${user} may only read, by its setting readonly. That is enough for kmq report, kmq sql and kmq export, but a collector cannot store ` +
          'hits: set readonly to 0 for this user, or give the collector another one.',
      ),
    ];
  if (!missing.length) return [];
  return [
    fault(
      ABOUT,
      `The user ${user} does not have all rights that a collector needs: run GRANT ${missing.join(', ')} TO \`${user}\`.`,
    ),
  ];
}
