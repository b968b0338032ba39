import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { PeopleAnswer, PeopleColumn, PeopleQuestion } from '../../protocol/reports.js';
import { csvOf } from '../ask.js';
import { CsvLink } from '../components/csv-link.js';
import { TableFrame } from '../components/table-frame.js';
import { Text, Value } from '../components/text.js';
import { TestInWords } from '../conditions.js';
import { number } from '../format.js';
import { ago, moment } from '../time.js';
import { displayName } from '../display-name.js';
import { reportAddress, setParameters } from '../view.js';
import { want, type Wanted } from './asked.js';
import { eventOf, isNumeric, isText, propertyOf, SHOWS } from './columns.js';
import { PersonLink } from './person-link.js';

interface ListProps {
  answer: PeopleAnswer;
  question: PeopleQuestion;
  wanted: Wanted;
  /** While it is true, the answer may belong to the previous question, so that its next page cannot be used. */
  isAsking: boolean;
}

/** A page of people with the columns of the question. */
export function List({ answer, question, wanted, isAsking }: ListProps): ComponentChildren {
  const head = useRef<HTMLHeadingElement>(null);
  const { total, people, next } = answer;
  const { after: _after, ...whole } = question;
  const turn = (after: string | null): void => {
    setParameters({ after });
    head.current!.focus();
  };
  const isPart = wanted.after !== undefined || next !== null;
  return (
    <section class="people-list">
      <div class="figure-head">
        <h2 ref={head} tabIndex={-1} aria-live="polite" aria-atomic="true">
          {number(total)} {total === 1 ? 'person' : 'people'}
        </h2>
        <span class="figure-ways">
          {isPart && <span class="quiet">{number(people.length)} on this page</span>}
          <CsvLink csv={csvOf('people', whole)} label="All of them as CSV" />
        </span>
      </div>
      {wanted.conditions.length > 0 && !wanted.cell && !wanted.bots && <TheirReports />}
      <TableFrame name="People">
        <table class="data" aria-label="People">
          <thead>
            <tr>
              <th scope="col">Person</th>
              {wanted.columns.map((column, index) => (
                <Head key={index} column={column} index={index} sort={question.sort} />
              ))}
              <Sortable column={undefined} sort={question.sort ?? SEEN_LAST_FIRST} first="descending" numeric>
                Last seen
              </Sortable>
            </tr>
          </thead>
          <tbody>
            {people.map((person) => (
              <tr key={person.identities[0]}>
                <th scope="row">
                  <PersonLink name={displayName(person)} others={person.identities.length - 1} />
                </th>
                {wanted.columns.map((column, index) => (
                  <td key={index} class={isNumeric(column) ? 'numeric' : undefined}>
                    <Cell column={column} value={person.columns[index] ?? null} />
                  </td>
                ))}
                <td class="numeric">
                  <time title={moment(person.lastSeen)}>{ago(person.lastSeen)}</time>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
      {isPart && (
        <p class="actions">
          {wanted.after !== undefined && (
            <button type="button" onClick={() => turn(null)}>
              First page
            </button>
          )}
          {next !== null && (
            <button type="button" aria-disabled={isAsking ? true : undefined} onClick={() => isAsking || turn(next)}>
              Next page
            </button>
          )}
        </p>
      )}
    </section>
  );
}

/** The filter goes along to the other reports. Nobody would guess that from the links at the top of the page. */
const TheirReports = (): ComponentChildren => (
  <p class="quiet their-reports">
    What these people do: their <a href={reportAddress('/')}>overview</a>, a <a href={reportAddress('/trend')}>trend</a>{' '}
    or a <a href={reportAddress('/funnel')}>funnel</a> of them.
  </p>
);

function Head({
  column,
  index,
  sort,
}: {
  column: PeopleColumn;
  index: number;
  sort: PeopleQuestion['sort'];
}): ComponentChildren {
  const [event, property] = [eventOf(column), propertyOf(column)];
  // Numbers and times begin with the largest, texts with the first of the alphabet.
  const first = isText(column) ? 'ascending' : 'descending';
  return (
    <Sortable column={index} sort={sort} first={first} numeric={isNumeric(column)}>
      <span class="show">{SHOWS[column.show]}</span> {property !== undefined && <Text>{property}</Text>}
      {property !== undefined && event !== undefined && ' in '}
      {event !== undefined && <Text>{event}</Text>}
      {'where' in column &&
        column.where?.map((test, at) => (
          <span key={at}>
            {at ? ' and ' : ' with '}
            <TestInWords test={test} />
          </span>
        ))}
    </Sortable>
  );
}

/** The order of the answer if the question has no `sort`. */
const SEEN_LAST_FIRST = { column: undefined, descending: true };

interface SortableProps {
  /** Its index; undefined for the time when people were seen last. */
  column: number | undefined;
  sort: PeopleQuestion['sort'];
  /** The order after the first click. */
  first: 'ascending' | 'descending';
  numeric: boolean;
  children: ComponentChildren;
}

/** The heading of a column, a button that sorts by it. */
function Sortable({ column, sort, first, numeric, children }: SortableProps): ComponentChildren {
  const isSorted = sort !== undefined && sort.column === column;
  const isDown = isSorted && sort.descending === true;
  const descending = isSorted ? !isDown : first === 'descending';
  return (
    <th
      scope="col"
      class={numeric ? 'numeric' : undefined}
      aria-sort={isSorted ? (isDown ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" class="plain" onClick={() => want({ sort: { column, descending } })}>
        {children}
        {isSorted && <Arrow isDown={isDown} />}
      </button>
    </th>
  );
}

const Arrow = ({ isDown }: { isDown: boolean }): ComponentChildren => (
  <span aria-hidden="true">{isDown ? ' ↓' : ' ↑'}</span>
);

function Cell({ column, value }: { column: PeopleColumn; value: string | number | null }): ComponentChildren {
  if (value === null && 'event' in column) return <span class="quiet">{isNumeric(column) ? '–' : 'never'}</span>;
  if (typeof value !== 'number') return <Value value={value} cut />;
  return isNumeric(column) ? number(value) : <time>{moment(value)}</time>;
}
