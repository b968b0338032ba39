import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clients } from '../access/client.js';
import type { HeadListener } from '../http/heads.js';
import { answerOnSocket } from '../http/raw-answer.js';
import type { Arrival } from './arrival.js';
import type { Arrivals } from './arrivals.js';

/** Counts request heads that arrive in several packets as incomplete requests: a head may be as long as a body. */
export function headArrivals(arrivals: Arrivals, clients: Pick<Clients, 'holderOf'>): HeadListener {
  const known = new WeakMap<Duplex, Arrival>();
  const begin = (stream: Duplex): Arrival => {
    const arrival = arrivals.begin(clients.holderOf({ socket: stream as Socket, headers: {} }), {
      pause: () => stream.pause(),
      resume: () => stream.resume(),
      end: (code) => {
        const isSlow = code === 'quiet' || code === 'slow';
        answerOnSocket(stream, isSlow ? '408 Request Timeout' : '503 Service Unavailable');
        stream.resume();
      },
    });
    known.set(stream, arrival);
    return arrival;
  };
  return {
    onPart(stream, came, memory) {
      arrivals.grow(known.get(stream) ?? begin(stream), came, memory);
    },
    onEnd(stream) {
      const arrival = known.get(stream);
      if (arrival) arrivals.finish(arrival);
      known.delete(stream);
    },
  };
}
