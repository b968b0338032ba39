import { SingleBar } from 'cli-progress';
import type { Counts } from '../transfer/import.js';

/** How often a line is printed where there is no terminal. */
const LINE_MS = 5000;

export interface Progress {
  /** @param bytes read of all inputs so far */
  show(bytes: number, counts: Counts): void;
  /** Prints a line, with what is drawn below it. */
  print(line: string): void;
  /** Whatever was drawn is ended, so that lines can be printed. */
  end(): void;
}

/**
 * Says on standard error how far an import has got: with a bar on a terminal, else with a line every five seconds.
 * @param total bytes of all inputs; undefined for a stream
 */
export function showProgress(total: number | undefined): Progress {
  const begun = performance.now();
  const terminal = process.stderr.isTTY;
  const print = (line: string): void => void process.stderr.write(terminal ? `\r\x1b[K${line}\n` : `${line}\n`);
  const rate = (lines: number): string => Math.round(lines / ((performance.now() - begun) / 1000)).toLocaleString('en');
  const text = ({ lines, rejected }: Counts): string =>
    `${lines.toLocaleString('en')} lines, ${rate(lines)} a second, ${rejected.toLocaleString('en')} rejected`;

  if (terminal && total !== undefined) {
    const bar = new SingleBar({ format: '{bar} {percentage} % | {text}', stream: process.stderr, hideCursor: null });
    bar.start(total, 0, { text: '' });
    return {
      print,
      show: (bytes, counts) => bar.update(Math.min(bytes, total), { text: text(counts) }),
      end: () => bar.stop(),
    };
  }
  // A stream has no end that is known: its line is written over, on a terminal.
  let next = begun + (terminal ? 0 : LINE_MS);
  let drawn = false;
  return {
    print,
    show(_bytes, counts) {
      if (performance.now() < next) return;
      next = performance.now() + (terminal ? 100 : LINE_MS);
      process.stderr.write(terminal ? `\r\x1b[K${text(counts)}` : `${text(counts)}\n`);
      drawn = terminal;
    },
    end() {
      if (drawn) process.stderr.write('\n');
    },
  };
}
