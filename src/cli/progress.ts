import { SingleBar } from 'cli-progress';

/** How often a line is printed where there is no terminal. */
const LINE_MS = 5000;

export interface Progress<S> {
  /** @param done of the total, so far */
  show(done: number, state: S): void;
  /** Prints a line, with what is drawn below it. */
  print(line: string): void;
  /** Whatever was drawn is ended, so that lines can be printed. */
  end(): void;
}

/**
 * Says on standard error how far something has got: with a bar on a terminal, else with a line every five seconds.
 * @param total of which a part is done; undefined where nobody knows it
 * @param textOf what is said; `rate` says of a number how much that is a second
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
  // A stream has no end that is known: its line is written over, on a terminal.
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
