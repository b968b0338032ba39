import { appendFileSync, closeSync, openSync } from 'node:fs';
import type { Reject } from '../transfer/import.js';
import { printable } from './printable.js';

/** How many rejected lines are shown; the file has all of them. */
const SHOWN = 10;
/** How many characters of a rejected line are stored. */
const KEPT_CHARACTERS = 2000;

/**
 * Makes the file for rejected lines before anything is stored: an import must not fail after hours because the file cannot be
 * written.
 * @throws Error if it cannot
 */
export function openedRejects(file: string): string {
  try {
    closeSync(openSync(file, 'a', 0o600));
    return file;
  } catch (error) {
    throw new Error(`The rejected lines cannot be written to ${file}: ${(error as Error).message}.`, { cause: error });
  }
}

/** Reports rejected lines: the first ones are shown, and all are written to the file of `--rejects`. */
export class RejectReport {
  private shown = 0;

  /** @param file of `--rejects`, if given */
  constructor(
    private readonly file: string | undefined,
    private readonly print: (sentence: string) => void,
  ) {}

  /** Rejects are written before the batch is stored: an import that is killed in between writes them again, and none is missing. */
  add(input: string, rejects: readonly Reject[]): void {
    if (this.file !== undefined) {
      const lines = rejects.map(({ line: { number, text }, reason }) =>
        JSON.stringify({ file: input, line: number, reason, text: text.slice(0, KEPT_CHARACTERS) }),
      );
      appendFileSync(this.file, lines.join('\n') + '\n', { mode: 0o600 });
    }
    for (const { line, reason } of rejects) {
      if (this.shown > SHOWN) return;
      this.shown += 1;
      if (this.shown <= SHOWN) this.print(`${input}:${line.number}: ${printable(reason)}`);
      // Another import of the same file does not read these lines again, but a dry run does.
      else
        this.print(
          `The others are ${this.file === undefined ? 'listed by --dry-run --rejects FILE' : `in ${this.file}`}.`,
        );
    }
  }
}
