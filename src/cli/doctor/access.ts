import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { TOKEN } from '../../collector/access/token.js';
import type { Resolved, Settings } from '../resolve.js';
import { isReachable, tokenFileOf } from '../token.js';
import { fault, note, ok, reasonOf, type Finding } from './finding.js';

type Given = Pick<Resolved, 'settings' | 'sources'>;

/** The token of the collector with these settings; undefined if it needs none, or if there is no file with it that can be read. */
export function tokenOf(settings: Settings): string | undefined {
  if (settings.token !== undefined) return settings.token;
  if (!isReachable(settings)) return undefined;
  try {
    return readFileSync(tokenFileOf(settings.data), 'utf8').trim();
  } catch {
    // `examineAccess` reports why.
    return undefined;
  }
}

/** Who can read data of people, and whether the collector knows the client of a request. */
export function examineAccess(resolved: Given): Finding[] {
  return [examineToken(resolved), ...examineProxies(resolved.settings)];
}

function examineToken(resolved: Given): Finding {
  const about = 'token';
  const { settings } = resolved;
  const { token } = settings;
  if (token === undefined && !isReachable(settings)) {
    return ok(about, 'No token is needed: only this machine can open the pages.');
  }
  const file = fileOfToken(resolved);
  if (file === undefined) {
    return note(
      about,
      'The token is a flag or a variable, which other programs can see. --token-file keeps it in a file.',
    );
  }
  try {
    // The settings were read as root, perhaps; the collector reads them as the owner of the data folder.
    accessSync(file, constants.R_OK);
    if (token === undefined && !TOKEN.test(readFileSync(file, 'utf8').trim())) {
      return fault(about, `${file} contains no token. Remove the file, and the next start makes a new one.`);
    }
    if (statSync(file).mode & 0o077) {
      return note(about, `Other users of this machine can read ${file}. To keep them out: chmod 600 ${file}`);
    }
    return ok(about, `The token is in ${file}.`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') {
      const says = `User ${process.geteuid?.()}, who owns the data folder, cannot read ${file}. Give the file to this user, unless systemd gives the token to kmq (LoadCredential).`;
      return fault(about, says);
    }
    if (code !== 'ENOENT') return fault(about, `${reasonOf(error)}.`);
    return note(about, `There is no token yet. The first start of kmq serve makes one, in ${file}.`);
  }
}

/** The file that contains the token, or will; undefined if the token is a flag or a variable. */
function fileOfToken({ settings, sources }: Given): string | undefined {
  const { token, tokenFile, config, data } = settings;
  if (token === undefined) return tokenFileOf(data);
  // If the token was read from the token file, both settings have the same source.
  if (tokenFile !== undefined && sources.token === sources.tokenFile) return tokenFile;
  return sources.token === 'file' ? config : undefined;
}

function examineProxies({ trustProxy, publicUrl, tlsCert }: Settings): Finding[] {
  const about = 'proxies';
  if (trustProxy.length) return [ok(about, `The X-Forwarded-* headers of ${trustProxy.join(', ')} are trusted.`)];
  if (publicUrl === undefined) return [];
  const isBehindOne = publicUrl.startsWith('https:') && tlsCert === undefined;
  if (!isBehindOne) return [];
  return [
    fault(
      about,
      'Browsers use https and the collector has no certificate, so a proxy must be in front of the collector, but --trust-proxy names no proxy. ' +
        'So all visitors have the address of the proxy, and share the limit of --address-rate. For a proxy on this machine, give --trust-proxy loopback, or ' +
        '--trust-proxy uniquelocal if kmq runs in a container; for any other proxy, give its address.',
    ),
  ];
}
