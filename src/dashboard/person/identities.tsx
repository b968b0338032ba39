import type { ComponentChildren } from 'preact';
import { isAnonymous } from '../../protocol/anonymous.js';
import type { Person } from '../../protocol/api.js';
import { shown } from '../bidi.js';
import { InSteps } from './in-steps.js';

/** All identities of a person, each with its kind. */
export function Identities({ person }: { person: Person }): ComponentChildren {
  const seen = new Set(person.customerIds);
  const kindOf = (identity: string): string =>
    isAnonymous(identity) ? 'anonymous' : seen.has(identity) ? 'customer id' : 'only in an alias';
  return (
    <InSteps items={person.identities} list={(shown) => <ul class="identities">{shown}</ul>}>
      {(identity) => (
        <li key={identity}>
          <bdi class={isAnonymous(identity) ? 'identity anonymous' : 'identity'} title={identity}>
            {shown(identity)}
          </bdi>
          <span class="tag">{kindOf(identity)}</span>
        </li>
      )}
    </InSteps>
  );
}
