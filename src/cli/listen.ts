import type { FastifyInstance } from 'fastify';
import type { Addresses } from '../collector/processes/messages.js';
import type { Settings } from './resolve.js';

export type ListenSettings = Pick<Settings, 'host' | 'port' | 'httpPort' | 'tlsCert'>;

/** Listens as the settings say. @returns URLs for a browser @throws Error that names the wrong setting */
export async function listen(collector: FastifyInstance, settings: ListenSettings): Promise<Addresses> {
  const { host, port, httpPort, tlsCert } = settings;
  const typed = (address: string): string =>
    // Fastify does not know that there is TLS. `[::]` means all addresses, also those of IPv4, and is no address for a browser.
    address.replace(/^http:/, tlsCert === undefined ? 'http:' : 'https:').replace('//[::]:', '//localhost:');
  const listenTextResolver = (address: string): string => `Server listening at ${typed(address)}`;
  const address = typed(
    await collector.listen({ host, port, listenTextResolver }).catch((error: unknown) => {
      throw explained(error, host, '--port', port);
    }),
  );
  if (httpPort === undefined) return { address };
  const actual = await collector.listenInClearText(httpPort).catch((error: unknown) => {
    throw explained(error, host, '--http-port', httpPort);
  });
  const clearText = address.replace(/^https:(.*):\d+$/, (_, middle: string) => `http:${middle}:${actual}`);
  collector.log.info(`Accepting hits without TLS at ${clearText}`);
  return { address, clearText };
}

/** Explains a common fault at the start in a sentence, with its code, so that one can search for it. */
export function explained(error: unknown, host: string, flag: string, port: number): Error {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const no = `--host: ${host} is`;
  const sentence = {
    EADDRINUSE: `${flag}: port ${port} of ${host} is in use, perhaps by another kmq; stop that program, or choose another port`,
    EACCES: `${flag}: this user may not open port ${port}; ports below 1024 need root or CAP_NET_BIND_SERVICE`,
    EADDRNOTAVAIL: `${no} not an address of this machine; 0.0.0.0 stands for all its addresses`,
    EAFNOSUPPORT: `${no} an address of a kind that this machine does not support`,
    EINVAL: `${no} not an address to listen on; one that begins with fe80: needs its interface, as in fe80::1%eth0`,
    ENOTFOUND: `${no} neither an address nor a known host name`,
    EAI_AGAIN: `${no} not an address, and no name server answers`,
  }[code];
  return sentence === undefined
    ? new Error(message, { cause: error })
    : new Error(`${sentence} (${code})`, { cause: error });
}
