import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { askAgainBehind } from '../ask.js';
import { isFuture } from '../compared-days.js';
import { BotsLeftOut, ShowBots } from '../components/bots-left-out.js';
import { MoreDays, NotBegun } from '../components/more-days.js';
import { NoHits } from '../components/no-hits.js';
import { Empty } from '../components/states.js';
import { today } from '../days.js';
import { hasPeople } from '../has-people.js';
import { useLookAgain } from '../look-again.js';
import { address } from '../site.js';
import { timeZone } from '../time-zone.js';
import { setView, useView } from '../view.js';
import { MakeThem, type MadeUp } from './made-up.js';

/** How often the page looks again on a site that has people: reports are seconds behind, and may lack somebody who just came. */
const LOOKS = 5;

interface NobodyProps {
  /** How many bots are left out. */
  bots: number;
  isFiltered: boolean;
  madeUp: MadeUp;
}

/** Shows that there are no people: in these days, with this filter, or at all. */
export function Nobody({ bots, isFiltered, madeUp }: NobodyProps): ComponentChildren {
  const view = useView();
  const [isNew, setNew] = useState(false);
  useEffect(() => void hasPeople().then((some) => setNew(!some)), []);
  const [looks, setLooks] = useState(0);
  const look = (): void => {
    askAgainBehind();
    setLooks((before) => before + 1);
  };
  useLookAgain(look, !isNew && !isFiltered && view.to >= today(timeZone()) && looks < LOOKS);
  if (isFuture(view) && !isNew) return <NotBegun />;
  if (isFiltered)
    return (
      <Empty title="Nobody matches this in these days">
        <p class="actions center">
          <button type="button" class="primary" onClick={() => setView({ filter: [] })}>
            Remove all conditions
          </button>
          <MoreDays primary={false} />
        </p>
      </Empty>
    );
  if (isNew && !bots)
    return (
      <>
        <NoHits title="Nobody has come yet" then="it is counted here" />
        <MakeThem madeUp={madeUp} />
      </>
    );
  return (
    <Empty title={bots ? 'Only bots came in these days' : 'Nobody came in these days'}>
      {bots > 0 && <BotsLeftOut bots={bots} />}
      <p class="actions center">
        {bots > 0 && <ShowBots primary />}
        <MoreDays primary={!bots} />
        <a class="button" href={address('/live')}>
          Live
        </a>
      </p>
    </Empty>
  );
}
