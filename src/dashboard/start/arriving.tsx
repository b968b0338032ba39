import type { ComponentChildren } from 'preact';
import { ArrivalRow } from '../components/arrival-row.js';
import { useFeed, type Arrival } from '../components/feed.js';
import { Text } from '../components/text.js';
import { COLLECTOR } from '../site.js';
import { now } from '../clock.js';
import { ago, day } from '../time.js';
import { reportAddress } from '../view.js';
import { trackingUrl } from './tracking-url.js';
import { Trial } from './trial.js';

const TEST = { identity: 'test', event: 'Test Hit' };

/** When something arrived. The row below it shows only the time of day, which is not enough after a day. */
const when = (received: number): string =>
  now() / 1000 - received < 86_400 ? ago(received) : `${day(received)} (${ago(received)})`;

/** The latest arrival of the site, so that a reader who has pasted the snippet sees that it works; and a button for a test hit. */
export function Arriving({ site }: { site: string }): ComponentChildren {
  const { arrivals, isKnown } = useFeed();
  const latest = arrivals.find((arrival): arrival is Exclude<Arrival, { skipped: unknown }> => !('skipped' in arrival));
  const hit = trackingUrl(COLLECTOR, { kind: 'record', key: site, other: '', time: '', properties: [], ...TEST });
  return (
    <>
      <p class="quiet" role="status">
        {latest ? (
          `The latest that has arrived, ${when('hit' in latest ? latest.hit.received : latest.refusal.received)}:`
        ) : isKnown ? (
          <>
            Waiting for the first hit of <Text strong>{site}</Text> … Open one of its pages.
          </>
        ) : (
          'Looking for what has arrived …'
        )}
      </p>
      <ol class="rows latest">{latest && <ArrivalRow key={latest.id} arrival={latest} />}</ol>
      <Trial
        url={hit}
        site={site}
        label="Send a test hit"
        hint={`Sends the event “${TEST.event}” of the person “${TEST.identity}”. It counts like any other event.`}
        isShown
      />
      <p class="actions">
        <a class="button" href={reportAddress('/')}>
          Overview
        </a>
        <a class="button" href={reportAddress('/live')}>
          Live
        </a>
        <a class="button" href={reportAddress('/people')}>
          People
        </a>
      </p>
    </>
  );
}
