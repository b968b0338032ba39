import { lstatSync, readFileSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import type { ZodType } from 'zod';
import { Config } from '../collector/sites/config.js';
import { readConfigFile } from '../collector/sites/config-file.js';
import { flagOf, ServerSettings, SETTINGS, variableOf, type Setting } from './settings.js';

/** The settings of the process, with defaults. A member that is absent has no value. */
export interface Settings {
  host: string;
  port: number;
  httpPort?: number;
  data: string;
  store?: string;
  durability: 'full' | 'fast';
  processes: number;
  token?: string;
  tokenFile?: string;
  tlsCert?: string;
  tlsKey?: string;
  trustProxy: string[];
  basePath?: string;
  publicUrl?: string;
  addressRate: number;
  keyRate: number;
  reportMemory?: number;
  reportThreads?: number;
  reportSeconds: number;
  key: string[];
  config?: string;
  demo: boolean;
  demoData: 'empty' | 'never';
  logLevel?: string;
}

type Source = 'flag' | 'variable' | 'file' | 'default';

export interface Resolved {
  settings: Settings;
  /** For each setting with a value, where that value comes from. */
  sources: Partial<Record<string, Source>>;
  sites: Config;
  /** Variables that begin with KMQ_ and belong to no setting: usually spelling mistakes. */
  unknown: string[];
}

/** Read from the working directory, if it exists there. */
const CONFIG_FILE = 'kmq.config.json';

/**
 * A sentence about which file of settings was read, for the log and kmq doctor: without one, each site has the default settings, also that of
 * `consent`.
 */
export function sayWhichFile({ config }: Pick<Settings, 'config'>): string {
  return config === undefined
    ? `no file of settings was read: there is no ${resolvePath(CONFIG_FILE)}`
    : `the file of settings is ${resolvePath(config)}`;
}

/**
 * Whether there is a file. A link counts even if its target is missing, so that reading it fails: without the file, each site would
 * have other settings. @throws Error if the folder cannot be read
 */
function isThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw new Error(
      `${resolvePath(file)} may exist, but this user cannot read its folder: run kmq in another folder, or name the file by --config.`,
      { cause: error },
    );
  }
}

const ConfigFile = Config.extend({ server: ServerSettings.default({}) });

interface Given {
  source: Source;
  /** The name under which it was given: `--port`, `KMQ_PORT`. */
  title: string;
  value: unknown;
}

/**
 * The value of each setting, from the first of these that has one: the flag, the variable, `server` in the file, the default. An
 * empty variable counts as not set, since container tools pass unset values as empty ones.
 * @param flags as commander read them: texts, lists of texts, and true for a flag that takes nothing
 * @throws Error with one line for each fault: the flag, the variable or the line of the file, and the reason
 */
export function resolve(flags: Record<string, unknown>, environment: NodeJS.ProcessEnv): Resolved {
  const faults: string[] = [];
  const settings: Record<string, unknown> = {};
  const sources: Resolved['sources'] = {};
  const take = (setting: Setting, ...sourcesInOrder: (Given | undefined)[]): void => {
    const given = sourcesInOrder.find((one) => one !== undefined);
    settings[setting.name] = given ? accept(setting.schema, given, faults) : setting.fallback;
    if (settings[setting.name] !== undefined) sources[setting.name] = given?.source ?? 'default';
  };

  const configSetting = SETTINGS.find(({ name }) => name === 'config')!;
  take(configSetting, fromFlag(configSetting, flags), fromVariable(configSetting, environment));
  const file = (settings.config as string | undefined) ?? (isThere(CONFIG_FILE) ? CONFIG_FILE : undefined);
  const { server, sites } = file === undefined ? ConfigFile.parse({}) : readConfigFile(file, ConfigFile);
  settings.config = file;
  if (file !== undefined) sources.config ??= 'default';

  for (const setting of SETTINGS) {
    if (setting.name === 'config') continue;
    const value = server[setting.name];
    const inFile: Given | undefined =
      value === undefined ? undefined : { source: 'file', title: `${file}: server.${setting.name}`, value };
    take(setting, fromFlag(setting, flags), fromVariable(setting, environment), inFile);
  }
  const resolved = { settings: settings as unknown as Settings, sources };
  if (!faults.length) faults.push(...together(resolved));
  if (faults.length) throw new Error(faults.join('\n'));

  const known = new Set<string>(SETTINGS.map(variableOf));
  const unknown = Object.keys(environment).filter((name) => name.startsWith('KMQ_') && !known.has(name));
  return { ...resolved, sites: { sites }, unknown };
}

/**
 * The same for a process that is a collector, or checks one. Other commands accept settings that they do not use: an import into
 * ClickHouse may read the file of settings of a collector with several processes.
 * @throws Error also for settings with which no collector starts
 */
export function resolveCollector(flags: Record<string, unknown>, environment: NodeJS.ProcessEnv): Resolved {
  const resolved = resolve(flags, environment);
  if (resolved.settings.processes > 1 && resolved.settings.store !== undefined) {
    throw new Error(
      '--processes: a collector with --store has one process. Start one collector for each core, each with its own --data.',
    );
  }
  return resolved;
}

function fromFlag(setting: Setting, flags: Record<string, unknown>): Given | undefined {
  const value = flags[setting.name];
  if (value === undefined) return undefined;
  const read = typeof value === 'string' ? fromText(setting, value) : value;
  return { source: 'flag', title: flagOf(setting), value: read };
}

function fromVariable(setting: Setting, environment: NodeJS.ProcessEnv): Given | undefined {
  const text = environment[variableOf(setting)];
  return text ? { source: 'variable', title: variableOf(setting), value: fromText(setting, text) } : undefined;
}

/** Converts a text to the kind of the setting. A text that cannot be converted is returned as it is, and the schema refuses it. */
function fromText({ kind }: Setting, text: string): unknown {
  if (kind === 'number') return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (kind === 'list') return text.split(',').map((part) => part.trim());
  if (kind === 'switch') return { 1: true, true: true, 0: false, false: false }[text] ?? text;
  return text;
}

function accept(schema: ZodType, { title, value }: Given, faults: string[]): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // The message does not repeat the value: it may be a secret that was given under the wrong name.
  faults.push(...new Set(result.error.issues.map(({ message }) => `${title}: ${message}`)));
  return undefined;
}

/** Faults of settings that contradict each other. The token is also read from its file here. */
function together({ settings, sources }: Pick<Resolved, 'settings' | 'sources'>): string[] {
  if ((settings.tlsCert === undefined) !== (settings.tlsKey === undefined)) {
    const [there, missing] = settings.tlsCert === undefined ? ['key', 'cert'] : ['cert', 'key'];
    return [`--tls-${there}: needs --tls-${missing} as well`];
  }
  if (settings.httpPort !== undefined) {
    if (settings.tlsCert === undefined) {
      return [
        '--http-port: needs --tls-cert and --tls-key. Without these two, --port accepts hits without TLS already',
      ];
    }
    if (settings.httpPort === settings.port && settings.port)
      return ['--http-port: is the same as --port, which has TLS'];
  }
  if (!(settings.publicUrl ?? settings.basePath ?? '').endsWith(settings.basePath ?? '')) {
    return [`--public-url: has to end in the path of --base-path, ${settings.basePath}`];
  }
  if (settings.tokenFile === undefined) return [];
  if (settings.token !== undefined) {
    const order: Source[] = ['flag', 'variable', 'file'];
    const ranks = [order.indexOf(sources.token!), order.indexOf(sources.tokenFile!)] as const;
    if (ranks[0] < ranks[1]) return [];
    if (ranks[0] === ranks[1])
      return ['--token and --token-file (or their variables, or both in the file): give one of them'];
  }
  try {
    const faults: string[] = [];
    const value = readFileSync(settings.tokenFile, 'utf8').trim();
    const { schema } = SETTINGS.find(({ name }) => name === 'token')!;
    settings.token = accept(schema, { source: 'file', title: settings.tokenFile, value }, faults) as string;
    sources.token = sources.tokenFile!;
    return faults;
  } catch (error) {
    return [`${settings.tokenFile}: ${(error as Error).message}`];
  }
}
