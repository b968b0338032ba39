/** The number for a site that has sent no hits yet. */
export const NO_SITE = -1;

/** The sites of the store, by number and by key. */
export class Sites {
  private readonly keys = new Map<number, string>();
  private readonly numbers = new Map<string, number>();

  add(site: number, key: string): void {
    this.keys.set(site, key);
    this.numbers.set(key, site);
  }

  keyOf(site: number): string | undefined {
    return this.keys.get(site);
  }

  /** The number of a site; NO_SITE if it is unknown. */
  numberOf(key: string): number {
    return this.numbers.get(key) ?? NO_SITE;
  }
}
