import { isBot } from 'isbot';
import type { Agent } from '../store/store.js';

/** How much of a `User-Agent` is looked at. Browsers send less, and what isbot takes grows with it: 6 µs for this much. */
const READ_CHARACTERS = 512;
/** isbot takes 1.5 to 3 µs for a browser, and what it has said is found again in 0.1. */
const MOST_REMEMBERED = 2000;

/** Of those that came lately, whether they are bots. */
const remembered = new Map<string, boolean>();

/**
 * Which kind of program has sent a request. Who does not say to be a browser is a server, and isbot is not asked: to it the
 * original's own clients for PHP, Ruby and Python are bots.
 * @param userAgent the header as it came
 */
export function agentOf(userAgent = ''): Agent {
  if (!userAgent.startsWith('Mozilla/')) return 'server';
  return isKnownBot(userAgent) ? 'bot' : 'browser';
}

function isKnownBot(userAgent: string): boolean {
  // Not remembered: a part would keep the whole header in memory.
  if (userAgent.length > READ_CHARACTERS) return isBot(userAgent.slice(0, READ_CHARACTERS));
  let known = remembered.get(userAgent);
  if (known === undefined) {
    known = isBot(userAgent);
    // Nothing says which of them come again, and a sender may send another one each time.
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(userAgent, known);
  }
  return known;
}
