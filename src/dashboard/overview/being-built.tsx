import type { ComponentChildren } from 'preact';
import { Empty } from '../components/states.js';
import { address } from '../site.js';

/** For the first look at a large store: what the reader waits for, how long that takes, and what works meanwhile. */
export function BeingBuilt(): ComponentChildren {
  return (
    <Empty title="The numbers appear here soon">
      <p>
        kmq copies the hits into a file for reports. It does this once, and later only adds new hits. A million hits
        take about half a minute. Nothing is lost if you leave this page.
      </p>
      <p>
        Meanwhile <a href={address('/live')}>Live</a> shows the hits that arrive, and the field on{' '}
        <a href={address('/people')}>People</a> finds people.
      </p>
    </Empty>
  );
}
