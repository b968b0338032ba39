import { toText } from '../../protocol/encode.js';
import { asProperties } from './properties.js';
import { record } from './record.js';

/**
 * Makes the command for an event of a subscription, such as `billed`. Its arguments are the values of the properties named here,
 * then further properties, then a callback, which may also be in the place of one of these. Null, empty text, objects and functions
 * are no values (docs/reference.md#1.3).
 */
export function planEvent(event: string, ...names: string[]) {
  return (...values: unknown[]): void => {
    const all = { ...asProperties(values[names.length]) };
    names.forEach((name, index) => (all[name] = values[index]));
    for (const name of Object.keys(all)) {
      if (all[name] == null || !toText(all[name])) delete all[name];
    }
    record(
      event,
      all,
      values.find((value) => typeof value == 'function'),
    );
  };
}
