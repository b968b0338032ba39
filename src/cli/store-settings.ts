import type { Command } from 'commander';
import { countingOf, placeholdersOf, type Config } from '../collector/sites/config.js';
import type { Counting } from '../collector/store/store.js';
import type { PlaceholderSet } from '../protocol/placeholders.js';
import { resolve, type Settings } from './resolve.js';
import { defaultOf, flagOf, SETTINGS, variableOf } from './settings.js';

const STORE = ['data', 'store', 'durability', 'config'] as const;
const NAMES = [...STORE, 'reportMemory', 'reportThreads', 'reportSeconds'] as const;

type Name = (typeof NAMES)[number];

/** The flags that say where hits are kept, as `kmq serve` has them. */
export function addStoreFlags(command: Command, names: readonly Name[] = STORE): Command {
  for (const setting of SETTINGS.filter(({ name }) => (names as readonly string[]).includes(name))) {
    const takes = 'takes' in setting ? ` ${setting.takes}` : '';
    command.option(
      `${flagOf(setting)}${takes}`,
      `${setting.help} (default: ${defaultOf(setting)}; ${variableOf(setting)})`,
    );
  }
  return command;
}

/**
 * Where hits are kept, how each site counts and what its placeholders are, by the precedence of `kmq serve`: what it serves is what is moved.
 * @throws Error for settings that are none
 */
export function storeSettings(flags: Record<string, unknown>): Pick<Settings, Exclude<Name, 'config'>> & {
  sites: Config;
  counting: (key: string) => Counting;
  placeholders: (key: string) => PlaceholderSet;
} {
  const own = Object.fromEntries(NAMES.filter((name) => name in flags).map((name) => [name, flags[name]]));
  const { settings, sites } = resolve(own, process.env);
  return { ...settings, sites, counting: countingOf(sites), placeholders: placeholdersOf(sites) };
}
