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
