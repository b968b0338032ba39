import type { ComponentChildren } from 'preact';
import type { Condition, Days, PeopleColumn } from '../../protocol/reports.js';
import type { Problem } from '../ask.js';
import { useKept } from '../components/kept-place.js';
import { memberOf, showEverybody, want, type Wanted } from './asked.js';
import { ColumnFields } from './column-fields.js';
import { ConditionList } from './condition-fields.js';
import { FieldFault, Faults } from './faults.js';
import { SiteNames, useChoices } from './names.js';

interface BuilderProps {
  wanted: Wanted;
  problem: Problem | undefined;
  /** The page says below that nobody was found, and offers everybody there. */
  isNobody: boolean;
}

/** The editor for the conditions and columns. Changes are applied with a button. */
export function Builder({ wanted, problem, isNobody }: BuilderProps): ComponentChildren {
  const names = useChoices();
  const [draft, change, isChanged, undo] = useDraft(wanted);
  const { conditions, columns, counted } = draft;
  const isBare = (conditions.length === 0 || wanted.cell !== undefined) && columns.length === 0;
  return (
    <SiteNames.Provider value={names}>
      {/* A message about the question that was asked is not shown for another one. */}
      <Faults.Provider value={{ problem, isFormer: isChanged }}>
        <form
          class={`builder people-builder${isBare ? ' bare' : ''}`}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            undo();
            // Unchanged conditions stay as they are in the address, where they may be about the days that other reports show.
            const isSame = JSON.stringify(conditions) === JSON.stringify(wanted.conditions);
            // Without a column that was there, the column by which people are sorted may be another one.
            const isFewer = columns.length < wanted.columns.length;
            want({ columns, counted, ...(!isSame && { conditions }), ...(isFewer && { sort: { descending: true } }) });
          }}
        >
          {!wanted.cell && (
            <fieldset>
              <legend>{conditions.length ? 'People who' : 'Everybody'}</legend>
              <ConditionList
                conditions={conditions}
                at={(index) => memberOf(conditions, index)}
                word="and"
                onChange={(changed) => change({ conditions: changed })}
              />
            </fieldset>
          )}
          <fieldset aria-label="Columns">
            {columns.length > 0 && <legend>with columns</legend>}
            <ColumnFields
              columns={columns}
              counted={counted}
              onChange={(changed) => change({ columns: changed })}
              onCount={(changed) => change({ counted: changed })}
            />
            <FieldFault at="sort" />
          </fieldset>
          {/* The button also exists before anything has changed, since readers look for it after typing a name. */}
          {(isChanged || !isBare) && (
            <p class="actions">
              <button class="primary">Show people</button>
              {isChanged && (
                <button type="button" onClick={undo}>
                  Undo changes
                </button>
              )}
              {wanted.conditions.length > 0 && !wanted.cell && !isNobody && (
                <button type="button" class="plain" onClick={showEverybody}>
                  Show everybody
                </button>
              )}
            </p>
          )}
        </form>
      </Faults.Provider>
    </SiteNames.Provider>
  );
}

interface Draft {
  conditions: Condition[];
  columns: PeopleColumn[];
  counted: Days;
}

/** What is typed and not applied yet. It belongs to one address: at another one it is dropped. */
function useDraft({ conditions, columns, counted }: Wanted) {
  const applied = JSON.stringify({ conditions, columns, counted });
  const [typed, setTyped] = useKept<{ at: string; draft: Draft } | undefined>('draft', undefined);
  const draft = typed?.at === applied ? typed.draft : { conditions, columns, counted };
  const undo = (): void => setTyped(undefined);
  const change = (changes: Partial<Draft>): void => setTyped({ at: applied, draft: { ...draft, ...changes } });
  return [draft, change, JSON.stringify(draft) !== applied, undo] as const;
}
