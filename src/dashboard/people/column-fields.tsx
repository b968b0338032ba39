import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import { CUSTOMER_ID, type PeopleColumn } from '../../protocol/reports.js';
import { NameField } from '../components/name-field.js';
import { FieldFault, useFault } from './faults.js';
import { useFormer } from './former.js';
import { withWhere } from './kinds.js';
import { SiteNames } from './names.js';
import { WhereFields } from './test-fields.js';

export const SHOWS = {
  'last value': 'last value of',
  'first value': 'first value of',
  'last time': 'time of the last value of',
  'first time': 'time of the first value of',
  times: 'number of times of',
  first: 'first time of',
  last: 'last time of',
} as const;

type Show = keyof typeof SHOWS;

const OF_PROPERTIES: Show[] = ['last value', 'first value', 'last time', 'first time'];

/** The fields for the columns, which are shown for each person. */
export function ColumnFields({
  columns,
  onChange,
}: {
  columns: PeopleColumn[];
  onChange: (columns: PeopleColumn[]) => void;
}): ComponentChildren {
  const { properties, events } = useContext(SiteNames);
  const fresh: PeopleColumn =
    properties[0]?.name === CUSTOMER_ID
      ? { event: events[0]?.name ?? '', show: 'times' }
      : { property: properties[0]?.name ?? '', show: 'last value' };
  return (
    <div class="conditions">
      <ol>
        {columns.map((column, index) => (
          <li key={index}>
            <ColumnRow
              column={column}
              at={`columns[${index}]`}
              onChange={(changed) => onChange(columns.map((one, other) => (other === index ? changed : one)))}
            />
            <button
              type="button"
              class="plain remove"
              aria-label={`Remove column ${index + 1}`}
              onClick={() => onChange(columns.filter((_, other) => other !== index))}
            >
              ×
            </button>
          </li>
        ))}
      </ol>
      <p class="adding">
        <button type="button" onClick={() => onChange([...columns, fresh])}>
          Add a column
        </button>
      </p>
    </div>
  );
}

function ColumnRow({
  column,
  at,
  onChange,
}: {
  column: PeopleColumn;
  at: string;
  onChange: (column: PeopleColumn) => void;
}): ComponentChildren {
  const names = useContext(SiteNames);
  const isProperty = 'property' in column;
  const name = isProperty ? column.property : column.event;
  const fault = useFault(`${at}.${isProperty ? 'property' : 'event'}`);
  const former = useFormer(column);
  const choose = (show: Show): void => {
    const isOfProperty = OF_PROPERTIES.includes(show);
    const first = (isOfProperty ? names.properties : names.events)[0]?.name ?? '';
    onChange(
      former((from) => {
        if (isOfProperty) return { property: 'property' in from ? from.property : first, show } as PeopleColumn;
        return (from.show === show ? from : { event: 'event' in from ? from.event : first, show }) as PeopleColumn;
      }),
    );
  };
  return (
    <div class="row-fields">
      <div class="fields">
        <select
          aria-label="What the column shows"
          value={column.show}
          onChange={(event) => choose(event.currentTarget.value as Show)}
        >
          {Object.entries(SHOWS).map(([show, words]) => (
            <option key={show} value={show}>
              {words}
            </option>
          ))}
        </select>
        <NameField
          label={isProperty ? 'Property' : 'Event'}
          hideLabel
          value={name}
          choices={isProperty ? names.properties : names.events}
          invalid={fault !== undefined}
          onChoose={(changed) =>
            onChange(isProperty ? { ...column, property: changed } : { ...column, event: changed })
          }
        />
        {!isProperty && (
          <WhereFields
            event={column.event}
            where={column.where}
            at={at}
            onChange={(where) => onChange(withWhere(column, where))}
          />
        )}
      </div>
      <FieldFault at={at} />
    </div>
  );
}
