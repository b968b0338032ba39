import { readdirSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** Standard input. */
export const STREAM = '-';

/** A file to read, with its size in bytes; a stream has no size. */
export interface InputFile {
  name: string;
  size: number | undefined;
}

/** Names of the files that are read in a folder. Other files are not read. */
const READ = /\.(json|jsonl|ndjson|csv)(\.(gz|zst))?$/i;

/** An export of the original also contains two lists of its files, which have no hits (docs/reference.md#8.6). */
const LISTS = /^(index|status)\.csv$/i;

/**
 * The files to read. A folder stands for the files of an export in it and in its subfolders, without hidden ones; `2.json` comes
 * before `10.json`.
 * @param onPassedOver called with each file of a folder that is not read
 * @param rejects the file to which rejected lines are appended; it is never read
 * @throws Error for a file that does not exist, and for a folder without files to read
 */
export function inputFiles(names: string[], onPassedOver: (file: string) => void, rejects?: string): InputFile[] {
  const written = rejects === undefined ? undefined : statSync(rejects);
  // A file to which rejected lines are appended while it is read would never end.
  const isWritten = ({ dev, ino }: Stats): boolean => dev === written?.dev && ino === written.ino;
  return names.flatMap((name) => {
    if (name === STREAM) return [{ name, size: undefined }];
    const found = statSync(name, { throwIfNoEntry: false });
    if (!found) throw new Error(`There is no file or folder “${name}” (ENOENT).`);
    if (!found.isDirectory()) {
      if (found.isFile() && isWritten(found))
        throw new Error(`${name} cannot be both an input and the file for rejected lines.`);
      return [{ name, size: found.isFile() ? found.size : undefined }];
    }
    const files = filesIn(name, onPassedOver, isWritten);
    if (files.length) return files;
    throw new Error(`${name} is a folder without files to read: their names end in .json, .jsonl, .ndjson or .csv.`);
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
    const found = statSync(name, { throwIfNoEntry: false });
    if (found && isWritten(found)) return [];
    if (READ.test(entry.name) && !LISTS.test(entry.name) && found?.isFile()) return [{ name, size: found.size }];
    onPassedOver(name);
    return [];
  });
}
