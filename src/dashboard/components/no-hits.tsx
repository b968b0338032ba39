import type { ComponentChildren } from 'preact';
import { address, currentKey } from '../site.js';
import { Empty } from './states.js';
import { Text } from './text.js';

/** A report of a site that nobody has come to yet. */
export function NoHits({ title }: { title: string }): ComponentChildren {
  return (
    <>
      <h1 class="unseen">{title}</h1>
      <Empty title="There is nothing to ask about yet">
        <p>
          Questions are made of what people do. As soon as a page of <Text strong>{currentKey()}</Text> sends an event,
          one is filled in here.
        </p>
        <p class="actions center">
          <a class="button primary" href={address('/start')}>
            Get the snippet
          </a>
        </p>
      </Empty>
    </>
  );
}
