import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Field } from './field.js';

export interface PropertyRow {
  /** Unique among the rows of the form. */
  id: number;
  name: string;
  value: string;
}

export const FIRST_ROWS: PropertyRow[] = [{ id: 0, name: '', value: '' }];

interface PropertyRowsProps {
  rows: PropertyRow[];
  setRows: (rows: PropertyRow[]) => void;
  /** Called after a change of the hit. @param field whose text changed, such as `name-2`; undefined if a row was removed */
  onChange: (field?: string) => void;
  /** The messages, keyed by field. */
  faults: Record<string, string>;
  /** The id of a field's element. */
  idOf: (field: string) => string;
}

/** The properties of a hit, a row each. There is always at least one row. */
export function PropertyRows({ rows, setRows, onChange, faults, idOf }: PropertyRowsProps): ComponentChildren {
  /** The row that was just added. It gets the focus. */
  const [added, setAdded] = useState<number>();
  const another = useRef<HTMLButtonElement>(null);

  const nextRow = (): PropertyRow => ({ id: Math.max(...rows.map(({ id }) => id)) + 1, name: '', value: '' });
  const add = (): void => {
    const row = nextRow();
    setRows([...rows, row]);
    setAdded(row.id);
  };
  const change = (id: number, member: 'name' | 'value', text: string): void => {
    setRows(rows.map((row) => (row.id === id ? { ...row, [member]: text } : row)));
    onChange(`${member}-${id}`);
  };
  const remove = (id: number): void => {
    const others = rows.filter((row) => row.id !== id);
    setRows(others.length ? others : [nextRow()]);
    another.current!.focus();
    onChange();
  };
  const field = (row: PropertyRow, member: 'name' | 'value', label: string): ComponentChildren => (
    <Field
      id={idOf(`${member}-${row.id}`)}
      label={label}
      fault={faults[`${member}-${row.id}`]}
      value={row[member]}
      isFocused={member === 'name' && row.id === added}
      onType={(text) => change(row.id, member, text)}
    />
  );
  return (
    <fieldset>
      <legend>Properties</legend>
      <div class="property-rows">
        {rows.map((row, index) => (
          <div key={row.id} class="property-row" role="group" aria-label={`Property ${index + 1}`}>
            {field(row, 'name', 'Name')}
            {field(row, 'value', 'Value')}
            <button type="button" onClick={() => remove(row.id)}>
              Remove
            </button>
          </div>
        ))}
      </div>
      <button ref={another} type="button" onClick={add}>
        Add another
      </button>
    </fieldset>
  );
}
