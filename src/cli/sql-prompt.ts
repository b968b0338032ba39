import { createInterface } from 'node:readline';
import type { SqlDatabase } from './sql-database.js';
import { printed, type SqlFormat } from './sql-output.js';

const PROMPT = 'kmq> ';
const GOES_ON = '...> ';

const HELP = `SQL may take several lines. It runs when a line ends with ; — the tables are events, people and identities.
.tables  their columns
.help    this
.exit    ends the prompt, as Ctrl-D does; Ctrl-C ends a statement that runs
`;

const TABLES = `SELECT table_name AS "table", column_name AS "column", data_type AS type
  FROM information_schema.columns WHERE table_schema = 'main' ORDER BY table_name, ordinal_position`;

export interface PromptStreams {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  error: NodeJS.WritableStream;
}

/** Reads SQL line by line and prints answers, until the user ends it. Nothing that was typed is stored. */
export async function prompt(database: SqlDatabase, format: SqlFormat, streams: PromptStreams): Promise<void> {
  const { input, output, error } = streams;
  const lines = createInterface({ input, output, terminal: true, prompt: PROMPT, historySize: 1000 });
  let typed = '';
  let isRunning = false;
  let isClosed = false;

  const answer = async (text: string, as: SqlFormat): Promise<void> => {
    isRunning = true;
    try {
      for await (const { result } of database.run(text))
        for await (const piece of printed(result, as)) await written(output, piece);
    } catch (failure) {
      error.write(`${(failure as Error).message}\n`);
    } finally {
      isRunning = false;
    }
  };
  const take = async (line: string): Promise<void> => {
    const command = typed === '' ? line.trim() : '';
    if (command === '.exit') return lines.close();
    if (command === '.help') output.write(HELP);
    else if (command === '.tables') await answer(TABLES, 'table');
    else if (command.startsWith('.')) error.write(`There is no ${command}: .help says what there is.\n`);
    else {
      typed += `${line}\n`;
      if (line.trimEnd().endsWith(';')) {
        const text = typed;
        typed = '';
        await answer(text, format);
      } else if (!typed.trim()) typed = '';
    }
    ask();
  };
  const ask = (): void => {
    if (isClosed) return;
    lines.setPrompt(typed ? GOES_ON : PROMPT);
    lines.prompt();
  };

  // Lines may arrive while a statement runs.
  let last = Promise.resolve();
  lines.on('line', (line) => {
    last = last.then(() => (isClosed ? undefined : take(line)));
  });
  lines.on('SIGINT', () => {
    if (isRunning) return database.interrupt();
    typed = '';
    output.write('\n');
    // The line that is being typed is removed as well.
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    ask();
  });
  const closed = new Promise<void>((resolve) => lines.once('close', () => resolve()));
  ask();
  await closed;
  isClosed = true;
  database.interrupt();
  await last;
}

async function written(output: NodeJS.WritableStream, text: string): Promise<void> {
  if (!output.write(text)) await new Promise((resolve) => output.once('drain', resolve));
}
