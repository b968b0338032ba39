import { SingleBar } from 'cli-progress';

/** How often a line is printed if standard error is no terminal. */
const LINE_MS = 5000;

export interface Progress<S> {
  /** @param done how much of the total is done */
  show(done: number, state: S): void;
  /** Prints a line above the bar. */
  print(line: string): void;
  /** Ends the bar, so that other lines can be printed. */
  end(): void;
}

/**
 * Shows progress on standard error: a bar on a terminal, else a line every five seconds.
 * @param total undefined if it is not known
 * @param textOf the text beside the bar; `rate` turns a count into a rate per second
 */
export function showProgress<S>(
  total: number | undefined,
  textOf: (state: S, rate: (count: number) => string) => string,
): Progress<S> {
  const begun = performance.now();
  const terminal = process.stderr.isTTY;
  const print = (line: string): void => void process.stderr.write(terminal ? `\r\x1b[K${line}\n` : `${line}\n`);
  const rate = (count: number): string => Math.round(count / ((performance.now() - begun) / 1000)).toLocaleString('en');
  const text = (state: S): string => textOf(state, rate);

  if (terminal && total !== undefined) {
    const bar = new SingleBar({ format: '{bar} {percentage} % | {text}', stream: process.stderr, hideCursor: null });
    bar.start(total, 0, { text: '' });
    return {
      print,
      show: (done, state) => bar.update(Math.min(done, total), { text: text(state) }),
      end: () => bar.stop(),
    };
  }
  // For a stream, whose length is not known, a terminal shows one line that is overwritten.
  let next = begun + (terminal ? 0 : LINE_MS);
  let drawn = false;
  return {
    print,
    show(_done, state) {
      if (performance.now() < next) return;
      next = performance.now() + (terminal ? 100 : LINE_MS);
      process.stderr.write(terminal ? `\r\x1b[K${text(state)}` : `${text(state)}\n`);
      drawn = terminal;
    },
    end() {
      if (drawn) process.stderr.write('\n');
    },
  };
}
