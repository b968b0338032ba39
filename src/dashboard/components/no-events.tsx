import type { ComponentChildren } from 'preact';
import type { NamesAnswer } from '../../protocol/reports.js';
import { address } from '../site.js';
import { BotsLeftOut, ShowBots } from './bots-left-out.js';
import { NoHits } from './no-hits.js';
import { Empty } from './states.js';

/** Why there is no event to ask about, and what to do: the site has sent none, or only bots have. */
export function NoEvents({ names }: { names: NamesAnswer }): ComponentChildren {
  const bots = names.excluded?.bots ?? 0;
  if (!bots)
    return <NoHits title="There is nothing to ask about yet" what="an event" then="a question is filled in here" />;
  return (
    <Empty title="Only bots have come so far">
      <BotsLeftOut bots={bots} />
      <p class="actions center">
        <ShowBots primary />
        <a class="button" href={address('/live')}>
          Live
        </a>
      </p>
    </Empty>
  );
}
