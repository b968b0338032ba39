import { NO_SITE } from './sites.js';

/** An answer is given again while nothing has changed, but what it says of the last minutes grows old. */
const KEPT_MS = 60_000;
const KEPT_BYTES = 16 * 1024 * 1024;

interface KeptAnswer {
  site: number;
  answer: Uint8Array;
  at: number;
}

/** Answers that are given again while nothing of their site has changed: one busy site leaves those of the others. */
export class KeptAnswers {
  /** By question, the oldest first. */
  private readonly answers = new Map<string, KeptAnswer>();
  private bytes = 0;
  /** How often all sites have changed, and each by itself. */
  private changes = 0;
  private readonly changesOf = new Map<number, number>();

  /** The tables of some sites are others, or those of all. A site that had sent nothing may be one of them. */
  changed(sites?: ReadonlySet<number>): void {
    if (sites) for (const site of [...sites, NO_SITE]) this.changesOf.set(site, (this.changesOf.get(site) ?? 0) + 1);
    else this.changes += 1;
    for (const [question, { site }] of this.answers) {
      if (!sites || sites.has(site) || site === NO_SITE) this.forget(question);
    }
  }

  /** What is another text when something of the site has changed. */
  stateOf(site: number): string {
    return `${this.changes} ${this.changesOf.get(site) ?? 0}`;
  }

  answerTo(question: string): Uint8Array | undefined {
    const kept = this.answers.get(question);
    return kept && performance.now() - kept.at < KEPT_MS ? kept.answer : undefined;
  }

  /** Keeps an answer of this moment, and forgets the oldest where they take too much memory. */
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
