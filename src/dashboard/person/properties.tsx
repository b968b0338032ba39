import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { Person, PropertyValue } from '../../protocol/api.js';
import { Text } from '../components/text.js';
import { number } from '../format.js';
import { moment } from '../time.js';
import { GROUPS, groupsOf, type Property } from './groups.js';
import { InSteps } from './in-steps.js';

/** The properties of a person: the current value of each, and its earlier values. */
export function Properties({ person }: { person: Person }): ComponentChildren {
  const groups = useMemo(() => groupsOf(person), [person]);
  if (!groups.length) return <p class="quiet">No property has been set.</p>;
  return groups.map(([group, properties]) => (
    <div key={group} class="group">
      <h3>{GROUPS[group]}</h3>
      <InSteps items={properties} list={(shown) => <dl class="properties">{shown}</dl>}>
        {(property) => <Row key={property[0]} property={property} />}
      </InSteps>
    </div>
  ));
}

function Row({ property: [name, sent] }: { property: Property }): ComponentChildren {
  const current = sent.at(-1)!;
  // A value that was sent again is not another value.
  const history = useMemo(() => sent.filter(({ value }, at) => value !== sent[at - 1]?.value), [sent]);
  return (
    <>
      <dt>
        <Text>{name}</Text>
      </dt>
      <dd>
        <span class="value" title={moment(current.time)} tabIndex={scrolls(current.value)}>
          <Shown value={current.value} />
        </span>
        {history.length > 1 && <Earlier history={history} />}
      </dd>
    </>
  );
}

/** The earlier values of a property. They are rendered when they are opened: there may be a hundred thousand of them. */
function Earlier({ history }: { history: PropertyValue[] }): ComponentChildren {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {number(history.length - 1)} earlier {history.length === 2 ? 'value' : 'values'}
      </summary>
      {isOpen && (
        <InSteps items={history.slice(0, -1).reverse()} list={(shown) => <ol>{shown}</ol>}>
          {({ value, time }) => (
            <li tabIndex={scrolls(value)}>
              <Shown value={value} />
              <time>{moment(time)}</time>
            </li>
          )}
        </InSteps>
      )}
    </details>
  );
}

/** The `tabIndex` of a value: a long one scrolls, also by keyboard. */
const scrolls = (value: string): 0 | undefined => (value.length > 150 ? 0 : undefined);

const Shown = ({ value }: { value: string }): ComponentChildren => <Text>{value}</Text>;
