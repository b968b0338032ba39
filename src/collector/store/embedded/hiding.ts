import { setImmediate as turn } from 'node:timers/promises';
import type { Database, Statement } from '../sqlite/database.js';
import type { Durability } from './durability.js';
import { NOWHERE, type Erasing, type NamedIdentity } from './erasing.js';
import type { SearchIndex } from './search-index.js';
import { siteNumbers } from './sites.js';
import type { Steps } from './removal-steps.js';
import type { EmbeddedWriter } from './writer.js';

/** Identities that one transaction hides, with their trigrams. */
const IDENTITIES_PER_STEP = 50;

interface HidingParts {
  db: Database;
  writer: EmbeddedWriter;
  index: SearchIndex;
  steps: Steps;
  durability: Durability;
  erasing: Erasing;
}

/**
 * Hides a person who is being erased: their identities lose site, name and person, so no query finds their hits. Their new names have the
 * number of the identity that was asked about, so that it is still known which of them are one person.
 */
export class Hiding {
  private readonly identitiesOf: Statement;
  private readonly detach: Statement;
  private readonly site: (key: string) => number;

  constructor(private readonly parts: HidingParts) {
    const { db } = parts;
    this.identitiesOf = db.prepare(
      `SELECT id, identity FROM identities WHERE person = ? AND id > ? ORDER BY id LIMIT ${IDENTITIES_PER_STEP}`,
    );
    this.detach = db.prepare(`
      UPDATE identities SET site = ${NOWHERE}, identity = '#' || ? || '.' || id, person = ${NOWHERE}, last_seen = NULL, period = 0
      WHERE id = ?`);
    this.site = siteNumbers(db);
  }

  /**
   * Hides a person, some identities at a time. The identity of the request is hidden last, and is remembered from the
   * beginning, so that a start after a kill continues.
   * @returns the identities, oldest first
   */
  async hide(key: string, asked: NamedIdentity, person: number): Promise<NamedIdentity[]> {
    const site = this.site(key);
    const identities = await this.allOf(person);
    const others = identities.filter(({ id }) => id !== asked.id);
    const first = Math.max(0, others.length - (IDENTITIES_PER_STEP - 1));
    await this.hideIdentities(others.slice(0, first), key, site, asked);
    await this.hideIdentities([...others.slice(first), asked], key, site, asked);
    // The answer may say that the rest follows later, so this must survive a power failure.
    await this.parts.durability.committed();
    return identities;
  }

  private async allOf(person: number): Promise<NamedIdentity[]> {
    const identities: NamedIdentity[] = [];
    for (let last = 0; ;) {
      const some = this.identitiesOf.all(person, last) as NamedIdentity[];
      if (!some.length) return identities;
      identities.push(...some);
      last = some.at(-1)!.id;
      await turn();
    }
  }

  private hideIdentities(
    some: readonly NamedIdentity[],
    key: string,
    site: number,
    asked: NamedIdentity,
  ): Promise<void> {
    const { steps, writer, index, erasing } = this.parts;
    const hide = (few: readonly NamedIdentity[]): void => {
      for (const one of [asked, ...few]) erasing.add(key, one);
      // FTS5 buffers its writes as long as nothing else is written.
      for (const { id, identity } of few) index.forget(id, identity);
      for (const { id } of few) this.detach.run(asked.id, id);
      writer.remains.identities(few.map((one) => ({ ...one, site })));
      // The next hit must not be stored under a hidden identity.
      writer.forgetIdentities();
    };
    return index.orLeft(() => steps.each(some, IDENTITIES_PER_STEP, hide));
  }
}
