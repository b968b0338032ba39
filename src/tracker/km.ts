import { alias } from './commands/alias.js';
import { clearIdentity, identify } from './commands/identify.js';
import { record } from './commands/record.js';
import { set } from './commands/set.js';
import { guard } from './guard.js';
import { currentId } from './identity.js';
import { ts } from './time.js';

export type PropertyInput = Record<string, unknown>;

/**
 * The `KM` object of a page (reference section 1.3). Its methods never throw, whatever they are given: a
 * mistake is one line in the console. A callback is called once, when the collector has answered or cannot
 * be reached.
 */
export interface KM {
  /** An event of the current person. Names: 255 characters; values: 8 KB; longer ones are cut by the collector. */
  record(name: string, properties?: PropertyInput | null, callback?: () => void): void;
  /** Properties of the current person, without an event. */
  record(properties: PropertyInput): void;
  set(properties: PropertyInput, callback?: () => void): void;
  /** Names the visitor, 255 characters at most; null means nobody, as in `clearIdentity`. */
  identify(id: string | number | null): void;
  /** Makes one person of two identities, for good. */
  alias(id: string | number, other?: string | number): void;
  /** Makes a new anonymous person of this browser, if someone was named. */
  clearIdentity(): void;
  /** The current identity: the named one, else the anonymous one. */
  i(): string;
  /** Unix seconds, rounded. */
  ts(): number;
}

const METHODS: Record<keyof KM, (...parameters: never[]) => unknown> = {
  record,
  set,
  identify,
  alias,
  clearIdentity,
  i: currentId,
  ts,
};

export function createKM(): KM {
  const km: Record<string, unknown> = {};
  for (const name of Object.keys(METHODS) as (keyof KM)[]) {
    km[name] = (...parameters: never[]) => guard(() => METHODS[name](...parameters));
  }
  return km as unknown as KM;
}
