import { isBot } from 'isbot';
import type { Agent } from '../store/store.js';

/** How much of a `User-Agent` is read. Browsers send less. isbot takes longer for longer texts: 6 µs for this length. */
const READ_CHARACTERS = 512;
/** The most answers that are cached: isbot takes 1.5 to 3 µs for a browser, the cache 0.1 µs. */
const MOST_REMEMBERED = 2000;

/** For recent `User-Agent`s, whether they are bots. */
const remembered = new Map<string, boolean>();

/**
 * The kind of program that sent a request. A program that does not call itself a browser is a server. isbot is not asked about it,
 * since it counts the original's clients for PHP, Ruby and Python as bots.
 * @param userAgent the header as sent
 */
export function agentOf(userAgent = ''): Agent {
  if (!userAgent.startsWith('Mozilla/')) return 'server';
  return isKnownBot(userAgent) ? 'bot' : 'browser';
}

function isKnownBot(userAgent: string): boolean {
  // Not cached: in V8 a part of a string keeps the whole header in memory.
  if (userAgent.length > READ_CHARACTERS) return isBot(userAgent.slice(0, READ_CHARACTERS));
  let known = remembered.get(userAgent);
  if (known === undefined) {
    known = isBot(userAgent);
    // All are removed: it is not known which will be needed again, and a sender may send another one each time.
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(userAgent, known);
  }
  return known;
}
