import type { Resolved } from './resolve.js';
import { SETTINGS, type Setting } from './settings.js';

/** The settings in effect, one on a line with its source; secrets are masked. */
export function describeSettings({ settings, sources, sites, unknown }: Resolved): string {
  const lines = SETTINGS.map((setting: Setting) => {
    const value = settings[setting.name];
    const shown = value === undefined ? '-' : setting.secret ? mask(setting, String(value)) : JSON.stringify(value);
    return `${setting.name.padEnd(12)} ${shown.padEnd(24)} ${sources[setting.name] ?? ''}`.trimEnd();
  });
  const count = Object.keys(sites.sites).length;
  return [
    ...lines,
    `Sites with settings: ${count}.`,
    ...unknown.map((name) => `${name} is in the environment, but no setting has this name.`),
  ].join('\n');
}

/** In the URL of the store, only user and password are masked. A token may look like a URL, and is masked as a whole. */
function mask({ name }: Setting, secret: string): string {
  return name === 'store' ? secret.replace(/\/\/.*@/, '//****@') : '****';
}
