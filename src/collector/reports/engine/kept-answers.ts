import { NO_SITE } from './sites.js';

/** How long an answer is reused if nothing has changed. Not longer, since it also depends on the present time. */
const KEPT_MS = 60_000;
const KEPT_BYTES = 16 * 1024 * 1024;

interface KeptAnswer {
  site: number;
  answer: Uint8Array;
  at: number;
}

/**
 * A cache of answers. An answer is valid while its site has not changed, so a busy site does not invalidate the answers of others.
 */
export class KeptAnswers {
  /** Keyed by question, the oldest first. */
  private readonly answers = new Map<string, KeptAnswer>();
  private bytes = 0;
  /** How often all sites have changed together; below, how often each has changed. */
  private changes = 0;
  private readonly changesOf = new Map<number, number>();

  /** Call it when the tables of some sites have changed, or of all. A site that had no hits may be among them. */
  changed(sites?: ReadonlySet<number>): void {
    if (sites) for (const site of [...sites, NO_SITE]) this.changesOf.set(site, (this.changesOf.get(site) ?? 0) + 1);
    else this.changes += 1;
    for (const [question, { site }] of this.answers) {
      if (!sites || sites.has(site) || site === NO_SITE) this.forget(question);
    }
  }

  /** A text that changes whenever the site's tables change. */
  stateOf(site: number): string {
    return `${this.changes} ${this.changesOf.get(site) ?? 0}`;
  }

  answerTo(question: string): Uint8Array | undefined {
    const kept = this.answers.get(question);
    return kept && performance.now() - kept.at < KEPT_MS ? kept.answer : undefined;
  }

  /** Keeps an answer, and evicts the oldest ones if they use too much memory. */
  keep(question: string, site: number, answer: Uint8Array): void {
    this.forget(question);
    this.answers.set(question, { site, answer, at: performance.now() });
    this.bytes += answer.length + question.length;
    for (const oldest of this.answers.keys()) {
      if (this.bytes <= KEPT_BYTES) break;
      this.forget(oldest);
    }
  }

  private forget(question: string): void {
    const kept = this.answers.get(question);
    if (!kept) return;
    this.answers.delete(question);
    this.bytes -= kept.answer.length + question.length;
  }
}
