import type { SpoolState } from './spool-database.js';

/** People of a site who are being erased, by all their identities. */
export interface Erasure {
  key: string;
  identities: string[];
}

/** A request to erase a person, of whom it is not known yet which identities they have. */
export interface ErasureRequest {
  key: string;
  identity: string;
}

/** People who are being removed from reports, of whom some may have come back meanwhile. */
export interface Returning {
  key: string;
  identities: readonly string[];
  /** Identities of others who were merged with them since. */
  others: readonly string[];
}

/** Notes people while reports may lack their newer hits, so that these are copied again even after a kill. */
export interface ReturnNotes {
  readonly returning: readonly Returning[];
  /** Notes some people, in place of an earlier note about the same ones. */
  noteReturn(one: Returning): void;
  endReturn(one: Pick<Returning, 'key' | 'identities'>): void;
}

/** Without a spool nothing is noted. */
export const NO_NOTES: ReturnNotes = { returning: [], noteReturn: () => undefined, endReturn: () => undefined };

/** A list without members, as it is stored. */
const NONE = '[]';

/** Removals that have begun, stored in the spool: so an interrupted removal is completed later. */
export class Unfinished implements ReturnNotes {
  /** Whether names of people who are removed may be in the write-ahead log of the spool; set by `noteReturn` and `endReturn`. */
  areNamesInLog = false;

  constructor(private readonly state: SpoolState) {}

  get erasures(): Erasure[] {
    return this.read('erasing') as Erasure[];
  }

  /** Requests to erase that could not begin, because ClickHouse did not answer. */
  get requests(): ErasureRequest[] {
    return this.read('asked') as ErasureRequest[];
  }

  noteRequest(request: ErasureRequest): void {
    const others = this.requests.filter((one) => !isSame(one, request));
    this.state.write('asked', JSON.stringify([...others, request]));
  }

  /** Call it when the erasure has begun, or the person is unknown. @returns whether the request was noted */
  endRequest(request: ErasureRequest): boolean {
    const requests = this.requests;
    const others = requests.filter((one) => !isSame(one, request));
    if (others.length === requests.length) return false;
    this.state.write('asked', JSON.stringify(others));
    return true;
  }

  /** The keys of sites whose people without hits must still be removed. */
  get expiries(): string[] {
    return this.read('expiring') as string[];
  }

  /** An erasure that failed may have been requested again. */
  beginErasure(erasure: Erasure): void {
    const erasures = this.erasures;
    if (!erasures.some((one) => areSame(one, erasure)))
      this.state.write('erasing', JSON.stringify([...erasures, erasure]));
  }

  endErasure(erasure: Erasure): void {
    this.state.write('erasing', JSON.stringify(this.erasures.filter((one) => !areSame(one, erasure))));
  }

  beginExpiry(key: string): void {
    if (!this.expiries.includes(key)) this.state.write('expiring', JSON.stringify([...this.expiries, key]));
  }

  endExpiry(key: string): void {
    const keys = this.expiries;
    if (keys.includes(key)) this.state.write('expiring', JSON.stringify(keys.filter((one) => one !== key)));
  }

  get returning(): Returning[] {
    return this.read('returning') as Returning[];
  }

  noteReturn(one: Returning): void {
    this.areNamesInLog = true;
    this.state.write('returning', JSON.stringify([...this.returning.filter((other) => !areSame(one, other)), one]));
  }

  endReturn(one: Pick<Returning, 'key' | 'identities'>): void {
    // Not parsed if there are none, and usually there are none.
    if ((this.state.read('returning') ?? NONE) === NONE) return;
    this.areNamesInLog = true;
    this.state.write('returning', JSON.stringify(this.returning.filter((other) => !areSame(one, other))));
  }

  private read(name: 'asked' | 'erasing' | 'expiring' | 'returning'): unknown[] {
    return JSON.parse(this.state.read(name) ?? NONE) as unknown[];
  }
}

/** Whether two notes are about the same people. */
const areSame = (one: Pick<Returning, 'key' | 'identities'>, other: typeof one): boolean =>
  one.key === other.key &&
  one.identities.length === other.identities.length &&
  one.identities.every((identity, at) => identity === other.identities[at]);

const isSame = (one: ErasureRequest, other: ErasureRequest): boolean =>
  one.key === other.key && one.identity === other.identity;
