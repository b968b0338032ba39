import type { SpoolState } from './spool-database.js';

/** People who are being erased: some or all of the identities of a site. */
export interface Erasure {
  key: string;
  identities: string[];
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

  private read(name: 'erasing' | 'expiring' | 'returning'): unknown[] {
    return JSON.parse(this.state.read(name) ?? NONE) as unknown[];
  }
}
