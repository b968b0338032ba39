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
  returning: Returning | undefined;
}

/** A list without members, as it is stored. */
const NONE = '[]';

/** Removals that have begun, stored in the spool: so an interrupted removal is completed later. */
export class Unfinished implements ReturnNotes {
  /** Whether names of people who are removed may be in the write-ahead log of the spool; set by `returning`. */
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

  beginErasure(erasure: Erasure): void {
    this.state.write('erasing', JSON.stringify([...this.erasures, erasure]));
  }

  /** Removes the oldest erasure, which is done. */
  endErasure(): void {
    this.state.write('erasing', JSON.stringify(this.erasures.slice(1)));
  }

  beginExpiry(key: string): void {
    if (!this.expiries.includes(key)) this.state.write('expiring', JSON.stringify([...this.expiries, key]));
  }

  endExpiry(key: string): void {
    const keys = this.expiries;
    if (keys.includes(key)) this.state.write('expiring', JSON.stringify(keys.filter((one) => one !== key)));
  }

  get returning(): Returning | undefined {
    return this.read('returning')[0] as Returning | undefined;
  }

  set returning(one: Returning | undefined) {
    // Not parsed: it may have many thousand names.
    const isNoted = (this.state.read('returning') ?? NONE) !== NONE;
    this.areNamesInLog ||= one !== undefined || isNoted;
    if (one || isNoted) this.state.write('returning', one ? JSON.stringify([one]) : NONE);
  }

  private read(name: 'asked' | 'erasing' | 'expiring' | 'returning'): unknown[] {
    return JSON.parse(this.state.read(name) ?? NONE) as unknown[];
  }
}

const isSame = (one: ErasureRequest, other: ErasureRequest): boolean =>
  one.key === other.key && one.identity === other.identity;
