import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { readTls } from '../../collector/http/tls.js';
import type { Settings } from '../resolve.js';
import { fault, note, ok, reasonOf, type Finding } from './finding.js';

const ABOUT = 'TLS';
const DAY_MS = 86_400_000;
/** A certificate of some months has fewer days left only if it is not renewed automatically. */
const SOON_DAYS = 14;

/** The collector's own certificate: whether the key fits, when it expires, and whether it is valid for the public URL. */
export function examineTls({ tlsCert, tlsKey, publicUrl }: Settings): Finding[] {
  if (tlsCert === undefined || tlsKey === undefined) return [];
  try {
    readTls({ cert: tlsCert, key: tlsKey });
    const certificate = new X509Certificate(readFileSync(tlsCert));
    const host = publicUrl === undefined ? undefined : new URL(publicUrl).hostname.replace(/^\[(.*)\]$/, '$1');
    if (host !== undefined && !(isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host))) {
      return [
        fault(ABOUT, `${tlsCert} is not a certificate of ${host}, the host of --public-url: browsers refuse it.`),
      ];
    }
    return [examineEnd(tlsCert, certificate)];
  } catch (error) {
    return [fault(ABOUT, `${reasonOf(error)}.`)];
  }
}

function examineEnd(file: string, { validFrom, validTo }: X509Certificate): Finding {
  const days = Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS);
  if (Date.parse(validFrom) > Date.now())
    return fault(ABOUT, `${file} is not valid before ${validFrom}: until then browsers refuse it.`);
  if (days < 0)
    return fault(
      ABOUT,
      `${file} expired on ${validTo}: browsers refuse it. Renew it; the collector reads it again by itself.`,
    );
  if (days < SOON_DAYS)
    return note(ABOUT, `${file} expires on ${validTo}. Renew it; the collector reads it again by itself.`);
  return ok(ABOUT, `${file} is valid for ${days} days more.`);
}
