import type { ComponentChildren } from 'preact';
import { askAgainBehind } from '../ask.js';
import { useLookAgain } from '../look-again.js';
import { currentKey } from '../site.js';
import { reportAddress } from '../view.js';
import { Empty } from './states.js';
import { Text } from './text.js';

interface NoHitsProps {
  title: string;
  /** What the site has not sent yet. */
  what?: string;
  /** What will be shown here “as soon as a page of the site sends something”. */
  then: string;
  /** Other ways besides the snippet. */
  children?: ComponentChildren;
}

/** What to do if a site has sent nothing yet. The page asks again until something has arrived. */
export function NoHits({ title, what = 'something', then, children }: NoHitsProps): ComponentChildren {
  useLookAgain(askAgainBehind);
  return (
    <Empty title={title}>
      <p>
        As soon as a page of <Text strong>{currentKey()}</Text> sends {what}, {then}.
      </p>
      <p class="actions center">
        <a class="button primary" href={reportAddress('/start')}>
          Get the snippet
        </a>
        {children}
      </p>
    </Empty>
  );
}
