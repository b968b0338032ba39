// Hostile senders. Each kind alone could stop an unprotected collector. For bench/hostile.js and
// test/collector/hostile-senders.test.ts.

import { connect, type Socket } from 'node:net';

const KIB = 1024;
const MIB = 1024 * KIB;

const head = (method: string, address: string, ...lines: string[]) =>
  [`${method} ${address} HTTP/1.1`, 'Host: x', ...lines, '', ''].join('\r\n');
const post = (address: string, length: number, ...lines: string[]) =>
  head('POST', address, `Content-Length: ${length}`, ...lines);
const hit = '/e?_k=hostile&_p=mallory&_n=x';

/** Networks of IPv6, a new one each time: as many as one customer of a large provider has. */
let networks = 0;
const fromAnotherNetwork = () =>
  `X-Forwarded-For: 2001:db8:${(++networks >> 8).toString(16)}:${(networks & 255).toString(16)}::1`;

export interface Kind {
  /** How many connections it has at a time. */
  connections: number;
  /** What it writes on each connection. */
  first: () => string | Buffer;
  /** What it writes after that, once a second. */
  then?: string;
  /** It closes its side of the connection after that. */
  end?: boolean;
  /** Whether it reads the answers; absent: yes. */
  reads?: boolean;
}

export const HOSTILE: Record<string, Kind> = {
  'a megabyte is announced, and nothing comes': { connections: 100, first: () => post('/b', MIB) },
  'the same, each from a network of its own': {
    connections: 300,
    first: () => post('/b', MIB, fromAnotherNetwork()),
  },
  'a body of 60 KB, a byte a second': {
    connections: 300,
    first: () => post('/e', 60 * KIB) + 'v='.padEnd(59 * KIB, 'x'),
    then: 'x',
  },
  'a body of 60 KB at 2 KB/s': { connections: 300, first: () => post('/e', 60 * KIB) + 'v=', then: 'x'.repeat(2000) },
  'a megabyte that stops in the middle': {
    connections: 60,
    first: () => post('/b', MIB) + `${hit}&v=`.padEnd(300 * KIB, 'x'),
    then: 'x',
  },
  'an address of a megabyte, and the body behind it never comes': {
    connections: 30,
    first: () => post(`${hit}&v=`.padEnd(1000 * KIB, 'x'), 1000),
    then: 'x',
  },
  'a body in chunks that never ends': {
    connections: 300,
    first: () => head('POST', '/b', 'Transfer-Encoding: chunked') + '1\r\nx\r\n',
    then: '1\r\nx\r\n',
  },
  'an address that never ends': { connections: 60, first: () => `GET ${hit}&v=`.padEnd(300 * KIB, 'x'), then: 'x' },
  'an address with raw letters that never ends': {
    connections: 60,
    first: () => Buffer.from(`GET ${hit}&v=\xf6`.padEnd(300 * KIB, 'x'), 'latin1'),
    then: 'x',
  },
  'nothing at all': { connections: 1000, first: () => '' },
  'what is no HTTP': { connections: 50, first: () => Buffer.from('\x16\x03\x01 nonsense\0\r\n\r\n', 'latin1') },
  'bodies above 16 megabytes': { connections: 4, first: () => post('/e', 20 * MIB) + 'x'.repeat(17 * MIB) },
  'addresses of two megabytes': { connections: 4, first: () => head('GET', `${hit}&v=`.padEnd(2 * MIB, 'x')) },
  'half of a request, and that side is closed': {
    connections: 50,
    first: () => post('/e', 100) + 'v=half',
    end: true,
  },
  'a thousand hits in one write, and no answer is read': {
    connections: 20,
    first: () => head('GET', `${hit}&_t=1&_i=hostile`).repeat(1000),
    reads: false,
  },
  'the same on a hundred connections, with raw letters on some': {
    connections: 100,
    // 30,000 hits are processed before any other sender has a turn. That takes a second of processor time: also on a busy machine it
    // must take much less than the client waits.
    first: () => Buffer.from((head('GET', hit).repeat(100) + head('GET', `${hit}\xf6`)).repeat(3), 'latin1'),
    reads: false,
  },
};

export interface Hostile {
  /** Open connections. */
  open: number;
  /** Connections that the collector has ended. */
  ended: number;
  stop: () => void;
}

/** Keeps so many connections of a kind of HOSTILE busy: one that the collector ends is replaced. */
export function beHostile(port: number, kind: string): Hostile {
  const { connections, first, then, end = false, reads = true } = HOSTILE[kind]!;
  const open = new Set<Socket>();
  const state: Hostile = { open: 0, ended: 0, stop };
  let stopped = false;
  for (let n = 0; n < connections; n++) start();
  const goOn = (): void => open.forEach((socket) => socket.write(then!));
  const timer = then === undefined ? undefined : setInterval(goOn, 1000);
  return state;

  function start(): void {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {});
    socket.on('connect', () => {
      open.add(socket);
      state.open = open.size;
      if (end) socket.end(first());
      else socket.write(first());
      if (reads) socket.resume();
      else socket.pause();
    });
    // The collector has sent its whole answer.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      open.delete(socket);
      state.open = open.size;
      if (stopped) return;
      state.ended += 1;
      // After a pause: this tests how many connections are held, not how many are made.
      setTimeout(() => stopped || start(), 200);
    });
  }

  function stop(): void {
    stopped = true;
    clearInterval(timer);
    for (const socket of open) socket.destroy();
  }
}
