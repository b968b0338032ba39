import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

/** PEM files: the certificate with its chain, and its private key. */
export interface TlsFiles {
  cert: string;
  key: string;
}

/** How often the files are checked for changes. */
const INTERVAL_MS = 60_000;

/**
 * The options for TLS: versions 1.2 and 1.3 with Node's default ciphers, which all browsers since 2014 support.
 * @throws Error that names the wrong file
 */
export function readTls({ cert, key }: TlsFiles): SecureContextOptions {
  const options = { cert: read(cert), key: read(key), minVersion: 'TLSv1.2' as const };
  try {
    createSecureContext(options);
  } catch (error) {
    throw new Error(`${cert} and ${key} are not a certificate and its key: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return options;
}

/**
 * Loads the files again when they have changed, as those of Let's Encrypt do every two months, and on SIGHUP. Open connections stay
 * open. Files that do not fit together, such as while they are being written, are not loaded: the previous certificate stays in use.
 * @param servers one for each address of the host
 * @param onError called with an error if the files cannot be loaded
 * @param interval in milliseconds; shorter in tests
 * @returns a function that stops this
 */
export function renewTls(
  servers: readonly Server[],
  files: TlsFiles,
  onError: (error: unknown) => void,
  interval = INTERVAL_MS,
): () => void {
  const renew = (): void => {
    try {
      const context = readTls(files);
      for (const server of servers) server.setSecureContext(context);
    } catch (error) {
      const kept =
        'The certificate could not be loaded again, and the previous one stays in use until its files change';
      onError(new Error(`${kept}. ${(error as Error).message}`, { cause: error }));
    }
  };
  // Checked by a timer: certificates are often renewed by changing a link, and the system sends no notification for that.
  for (const file of [files.cert, files.key]) watchFile(file, { interval, persistent: false }, renew);
  process.on('SIGHUP', renew);
  return () => {
    for (const file of [files.cert, files.key]) unwatchFile(file, renew);
    process.off('SIGHUP', renew);
  };
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}
