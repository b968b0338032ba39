import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openEmbeddedSource } from './embedded/export-source.js';
import { DATABASE_FILE } from './embedded/schema.js';

/**
 * Looks for an embedded store in the data folder of a collector that keeps its hits in ClickHouse. An owner who has only added `store` to the
 * settings would wonder where all people are, or believe that nobody came before.
 * @returns a sentence about what to do, if there are hits, or if it is not known whether there are any
 */
export async function hitsLeftBehind(folder: string): Promise<string | undefined> {
  const file = join(resolve(folder), DATABASE_FILE);
  if (!existsSync(file)) return undefined;
  const sites = await sitesIn(folder);
  if (sites === 0) return undefined;
  const has = sites === undefined ? 'may have hits' : `has hits of ${sites} ${sites === 1 ? 'site' : 'sites'}`;
  return (
    `${file} ${has} from before hits were kept in ClickHouse. No page and no report shows them, and erasures and retention do not remove them. ` +
    'Move them to ClickHouse (docs/moving.md, Between machines and stores). When that is done, move this file to another folder, or delete it'
  );
}

/** @returns undefined if the store cannot be read, for example because an earlier version has written it */
async function sitesIn(folder: string): Promise<number | undefined> {
  try {
    const source = openEmbeddedSource(folder);
    return (await source.keys().finally(() => source.close())).length;
  } catch {
    return undefined;
  }
}
