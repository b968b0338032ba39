import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import { CUSTOMER_ID, type Days, type PeopleColumn, type Step } from '../../protocol/reports.js';
import { NameField } from '../components/name-field.js';
import { eventOf, propertyOf, SHOWS, withShow, type Show } from './columns.js';
import { DaysFields } from './days-fields.js';
import { FieldFault, useFault } from './faults.js';
import { useFormer } from './former.js';
import { withWhere } from './condition-kinds.js';
import { SiteNames } from './names.js';
import { WhereFields } from './test-fields.js';

/** The fields for the columns, which are shown for each person. */
export function ColumnFields({
  columns,
  counted,
  onChange,
  onCount,
}: {
  columns: PeopleColumn[];
  /** The days whose hits the columns count. */
  counted: Days;
  onChange: (columns: PeopleColumn[]) => void;
  onCount: (counted: Days) => void;
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
              counted={counted}
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
      {columns.length > 0 && (
        <div class="row-fields">
          <div class="fields counted">
            <span class="word">of hits</span>
            <DaysFields days={counted} onChange={onCount} />
          </div>
          <FieldFault at="from" />
          <FieldFault at="to" />
        </div>
      )}
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
  counted,
  at,
  onChange,
}: {
  column: PeopleColumn;
  counted: Days;
  at: string;
  onChange: (column: PeopleColumn) => void;
}): ComponentChildren {
  const names = useContext(SiteNames);
  const [event, property] = [eventOf(column), propertyOf(column)];
  const faults = { event: useFault(`${at}.event`), property: useFault(`${at}.property`) };
  const former = useFormer(column);
  return (
    <div class="row-fields">
      <div class="fields">
        <select
          aria-label="What the column shows"
          value={column.show}
          onChange={({ currentTarget }) => {
            const show = currentTarget.value as Show;
            // Names of the column that the former kind did not have are kept, too.
            onChange(former((from) => withShow({ ...column, ...from }, show, names)));
          }}
        >
          {Object.entries(SHOWS).map(([show, words]) => (
            <option key={show} value={show}>
              {words}
            </option>
          ))}
        </select>
        {property !== undefined && (
          <NameField
            label="Property"
            hideLabel
            value={property}
            choices={names.properties}
            invalid={faults.property !== undefined}
            onChoose={(property) => onChange({ ...column, property } as PeopleColumn)}
          />
        )}
        {property !== undefined && event !== undefined && <span class="word">in</span>}
        {event !== undefined && (
          <>
            <NameField
              label="Event"
              hideLabel
              value={event}
              choices={names.events}
              invalid={faults.event !== undefined}
              onChoose={(event) => onChange({ ...column, event } as PeopleColumn)}
            />
            <WhereFields
              event={event}
              where={(column as Step).where}
              days={counted}
              at={at}
              onChange={(where) => onChange(withWhere(column as PeopleColumn & Step, where))}
            />
          </>
        )}
      </div>
      <FieldFault at={at} />
    </div>
  );
}
