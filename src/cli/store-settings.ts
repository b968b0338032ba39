import type { Command } from 'commander';
import { countingOf, placeholdersOf, type Config } from '../collector/sites/config.js';
import type { Counting } from '../collector/store/store.js';
import type { PlaceholderSet } from '../protocol/placeholders.js';
import { resolve, type Settings } from './resolve.js';
import { defaultOf, flagOf, SETTINGS, variableOf, type Setting } from './settings.js';

const STORE = ['data', 'store', 'durability', 'config'] as const;
const NAMES = [...STORE, 'reportMemory', 'reportThreads', 'reportSeconds'] as const;

type Name = (typeof NAMES)[number];

/** Adds a flag for each setting, without commander's defaults: a flag that was not given must not hide a variable. */
export function addFlags(command: Command, settings: readonly Setting[] = SETTINGS): Command {
  for (const setting of settings) {
    const takes = setting.takes === undefined ? '' : ` ${setting.takes}`;
    command.option(
      `${flagOf(setting)}${takes}`,
      `${setting.help} (default: ${defaultOf(setting)}; ${variableOf(setting)})`,
    );
  }
  return command;
}

/** Adds those flags of `kmq serve` that say where hits are kept. */
export function addStoreFlags(command: Command, names: readonly Name[] = STORE): Command {
  return addFlags(
    command,
    SETTINGS.filter(({ name }) => (names as readonly string[]).includes(name)),
  );
}

/**
 * Where hits are kept, and the settings of the sites. They are read in the same way as by `kmq serve`, so that a
 * command works on the hits that `kmq serve` shows.
 * @throws Error for settings with faults
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
