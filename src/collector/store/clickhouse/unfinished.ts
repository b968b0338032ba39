import type { SpoolState } from './spool-database.js';

/** People who are being erased: some or all of the identities of a site. */
export interface Erasure {
  key: string;
  identities: string[];
}

/** Removals that have begun, stored in the spool: so an interrupted removal is completed later. */
export class Unfinished {
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

  private read(name: 'erasing' | 'expiring'): unknown[] {
    return JSON.parse(this.state.read(name) ?? '[]') as unknown[];
  }
}
