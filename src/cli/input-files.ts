import { readdirSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** Standard input. */
export const STREAM = '-';

/** One that is to be read, with its size in bytes; a stream has none. */
export interface InputFile {
  name: string;
  size: number | undefined;
}

/** What an export consists of: of the other files in a folder nobody knows whether they are meant. */
const READ = /\.(json|jsonl|ndjson|csv)(\.(gz|zst))?$/i;

/** Beside its revisions the original's export has two lists of them (reference section 8.6). */
const LISTS = /^(index|status)\.csv$/i;

/**
 * What was named, with a folder's files in its place: those of a dump, `2.json` before `10.json`, and those of the folders in
 * it. Hidden files are none of them.
 * @param onPassedOver told of the files of a folder that are not read
 * @param rejects the file that rejected lines are appended to: it is none of a folder's, and may not be named
 * @throws Error for what is not there, and for a folder with nothing to read
 */
export function inputFiles(names: string[], onPassedOver: (file: string) => void, rejects?: string): InputFile[] {
  const written = rejects === undefined ? undefined : statSync(rejects);
  // Read while it is appended to, it would never come to its end.
  const isWritten = ({ dev, ino }: Stats): boolean => dev === written?.dev && ino === written.ino;
  return names.flatMap((name) => {
    if (name === STREAM) return [{ name, size: undefined }];
    const found = statSync(name, { throwIfNoEntry: false });
    if (!found) throw new Error(`There is no file or folder “${name}” (ENOENT).`);
    if (!found.isDirectory()) {
      if (found.isFile() && isWritten(found)) throw new Error(`${name} cannot be read and take the rejected lines.`);
      return [{ name, size: found.isFile() ? found.size : undefined }];
    }
    const files = filesIn(name, onPassedOver, isWritten);
    if (files.length) return files;
    throw new Error(`${name} is a folder without files to read: those end with .json, .jsonl, .ndjson or .csv.`);
  });
}

function filesIn(
  folder: string,
  onPassedOver: (file: string) => void,
  isWritten: (found: Stats) => boolean,
): InputFile[] {
  const order = new Intl.Collator('en', { numeric: true });
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'));
  entries.sort((a, b) => order.compare(a.name, b.name));
  return entries.flatMap((entry) => {
    const name = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(name, onPassedOver, isWritten);
    if (READ.test(entry.name) && !LISTS.test(entry.name)) {
      const found = statSync(name, { throwIfNoEntry: false });
      if (found?.isFile() && isWritten(found)) return [];
      if (found?.isFile()) return [{ name, size: found.size }];
    }
    onPassedOver(name);
    return [];
  });
}
