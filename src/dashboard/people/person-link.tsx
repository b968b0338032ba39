import type { ComponentChildren } from 'preact';
import { isAnonymous } from '../../protocol/anonymous.js';
import { shown } from '../bidi.js';
import { number } from '../format.js';
import { personAddress } from '../view.js';

/** The name of a person, as a link to the person. @param others how many other identities they have */
export function PersonLink({ name, others }: { name: string; others: number }): ComponentChildren {
  const isUnknown = isAnonymous(name);
  return (
    <span class="person-link">
      <a class="identity" href={personAddress(name)} title={name}>
        {isUnknown ? (
          <>
            Anonymous <span class="anonymous">{name}</span>
          </>
        ) : (
          <bdi>{shown(name)}</bdi>
        )}
      </a>
      {others > 0 && (
        <>
          {' '}
          <span class="quiet">
            and {number(others)} more {others === 1 ? 'identity' : 'identities'}
          </span>
        </>
      )}
    </span>
  );
}
