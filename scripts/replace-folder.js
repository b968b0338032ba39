import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Puts a finished build in the place of an older one. Each file is replaced in one step, so that a collector that runs from the
 * folder finds every file at every moment.
 */
export function replaceFolder(folder, finished) {
  const files = new Set(filesIn(finished));
  for (const file of filesIn(folder)) if (!files.has(file)) rmSync(join(folder, file));
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    renameSync(join(finished, file), join(folder, file));
  }
  rmSync(finished, { recursive: true });
}

/** The paths of all files below a folder, relative to it; none if there is no folder. */
function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
