import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A site whose pages are made on request; each host is another site. */
export interface AnySite {
  port: number;
  /** By host and path. */
  pages: Map<string, string>;
  close(): void;
}

export async function openAnySite(): Promise<AnySite> {
  const pages = new Map<string, string>();
  const server: Server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(pages.get(`${request.headers.host!.split(':')[0]}${request.url!}`) ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    pages,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
