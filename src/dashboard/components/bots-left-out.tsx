import type { ComponentChildren } from 'preact';
import { number } from '../format.js';
import { address } from '../site.js';

/** Says how many bots a report leaves out. */
export function BotsLeftOut({ bots }: { bots: number }): ComponentChildren {
  return (
    <p>
      {number(bots)} {bots === 1 ? 'visitor seems to be a bot, and is' : 'visitors seem to be bots, and are'} left out.
    </p>
  );
}

/** A link to the people of a site with its bots. @param primary whether this is the main action of the page */
export function ShowBots({ primary = false }: { primary?: boolean }): ComponentChildren {
  return (
    <a class={primary ? 'button primary' : 'button'} href={address('/people', { bots: 'yes' })}>
      Show bots
    </a>
  );
}
