import type { FastifyInstance } from 'fastify';
import type { Addresses } from '../collector/processes/messages.js';
import type { Settings } from './resolve.js';

/** Listens where the settings say. @returns addresses as a person types them @throws Error that names the setting at fault */
export async function listen(collector: FastifyInstance, settings: Settings): Promise<Addresses> {
  const { host, port, httpPort, tlsCert } = settings;
  const typed = (address: string): string =>
    // Fastify does not know of TLS here; and on all addresses of IPv6 there is IPv4, too.
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
  collector.log.info(`Taking hits in clear text at ${clearText}`);
  return { address, clearText };
}

/** A sentence for what goes wrong when somebody starts a collector; the code stays, to look up. */
function explained(error: unknown, host: string, flag: string, port: number): Error {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const no = `--host: ${host} is`;
  const sentence = {
    EADDRINUSE: `${flag}: something else listens on port ${port} of ${host}, another kmq perhaps; stop it, or take another port`,
    EACCES: `${flag}: this user may not open port ${port}; below 1024 it takes root, or CAP_NET_BIND_SERVICE`,
    EADDRNOTAVAIL: `${no} no address of this machine; 0.0.0.0 stands for all that it has`,
    EAFNOSUPPORT: `${no} of a kind that this machine does not have`,
    EINVAL: `${no} no address that can be listened on; one that begins with fe80: needs its interface, as in fe80::1%eth0`,
    ENOTFOUND: `${no} no address, and no name that leads to one`,
    EAI_AGAIN: `${no} no address, and nobody who knows names answers`,
  }[code];
  return sentence === undefined
    ? new Error(message, { cause: error })
    : new Error(`${sentence} (${code})`, { cause: error });
}
