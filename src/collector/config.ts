import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Counting } from './store/store.js';

/** One site's settings in `kmq.config.json`. */
const Site = z.strictObject({
  /** `reference`: the same event of a person in the same second counts once; `hit-id`: every hit id counts. */
  counting: z.enum(['reference', 'hit-id']).default('reference'),
});

const Config = z.strictObject({
  /** Settings by key. */
  sites: z.record(z.string().min(1), Site).default({}),
});

export type Config = z.infer<typeof Config>;

/**
 * Reads the file of site settings.
 * @param file undefined: no settings
 * @throws Error that names the file and every setting at fault
 */
export function readConfig(file: string | undefined): Config {
  if (file === undefined) return Config.parse({});
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
  const result = Config.safeParse(json);
  if (!result.success) throw new Error(`${file}:\n${z.prettifyError(result.error)}`);
  return result.data;
}

/** @returns how a site counts; own properties only, since a key may be any text, `__proto__` too */
export function countingOf(config: Config, key: string): Counting {
  return Object.hasOwn(config.sites, key) ? config.sites[key]!.counting : 'reference';
}
