import type { ComponentChildren } from 'preact';
import { number } from '../format.js';

/** Says how many bots a report leaves out. */
export function BotsLeftOut({ bots }: { bots: number }): ComponentChildren {
  return (
    <p>
      {number(bots)} {bots === 1 ? 'visitor says that it is a bot, and is' : 'visitors say that they are bots, and are'}{' '}
      left out.
    </p>
  );
}
