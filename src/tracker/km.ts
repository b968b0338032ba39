import { alias } from './commands/alias.js';
import { clearIdentity, identify } from './commands/identify.js';
import { record } from './commands/record.js';
import { set } from './commands/set.js';
import { guard } from './guard.js';
import { currentId } from './identity.js';
import { ts } from './time.js';
import type { KM } from './types.js';

const METHODS: Record<keyof KM, (...parameters: never[]) => unknown> = {
  record,
  set,
  identify,
  alias,
  clearIdentity,
  i: currentId,
  ts,
};

/** The `KM` object, each method on its own: what goes wrong in one stops nothing. */
export function createKM(): KM {
  const km: Record<string, unknown> = {};
  for (const name of Object.keys(METHODS) as (keyof KM)[]) {
    km[name] = (...parameters: never[]) => guard(() => METHODS[name](...parameters));
  }
  return km as unknown as KM;
}
