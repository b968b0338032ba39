import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { hasPeople } from '../anybody.js';
import { Empty } from '../components/states.js';
import { Text } from '../components/text.js';
import { address, currentKey } from '../site.js';
import { setView } from '../view.js';

/** Nobody came in these days, nobody is like that, or nobody has come at all. */
export function Nobody({ isFiltered }: { isFiltered: boolean }): ComponentChildren {
  const [isNew, setNew] = useState(false);
  useEffect(() => void hasPeople().then((some) => setNew(!some)), []);
  if (isFiltered)
    return (
      <Empty title="Nobody is like that in these days">
        <p class="actions center">
          <button type="button" class="primary" onClick={() => setView({ filter: [] })}>
            Remove all conditions
          </button>
          <button type="button" onClick={() => setView({ days: '90' })}>
            Look at 90 days
          </button>
        </p>
      </Empty>
    );
  if (isNew)
    return (
      <Empty title="Nobody has come yet">
        <p>
          As soon as a page of <Text strong>{currentKey()}</Text> sends something, it is counted here.
        </p>
        <p class="actions center">
          <a class="button primary" href={address('/start')}>
            Get the snippet
          </a>
        </p>
      </Empty>
    );
  return (
    <Empty title="Nobody came in these days">
      <p class="actions center">
        <button type="button" class="primary" onClick={() => setView({ days: '90' })}>
          Look at 90 days
        </button>
        <a class="button" href={address('/live')}>
          Live
        </a>
      </p>
    </Empty>
  );
}
