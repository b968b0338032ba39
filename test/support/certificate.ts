import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { createCollector } from '../../src/collector/server.js';
import { clientOf, temporaryFolder, type TestCollector } from './collector.js';

/** A self-signed certificate for a name, in its own files. */
export function certify(folder: string, name: string): { cert: string; key: string } {
  const files = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  const subject = ['-subj', `/CN=${name}`, '-days', '2', '-keyout', files.key, '-out', files.cert];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync('openssl', ['req', '-x509', '-nodes', ...curve, ...subject], { stdio: 'ignore' });
  return files;
}

/** A collector with TLS that also accepts hits without TLS: at `port`; all other requests use TLS. */
export async function startBesideTls(): Promise<TestCollector> {
  // No authority that Node knows has signed the certificate.
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  const data = await temporaryFolder();
  const app = await createCollector({ data, logLevel: 'silent', tls: certify(data, 'one.test') });
  const close = async (): Promise<void> => void (await app.close());
  onTestFinished(close);
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  return { ...clientOf(address.replace('http:', 'https:')), port: await app.listenInClearText(0), close };
}
