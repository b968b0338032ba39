import type { ComponentChildren } from 'preact';
import type { FunnelAnswer, FunnelQuestion, FunnelStep } from '../../protocol/reports.js';
import { withoutSharedOrigin } from '../addresses.js';
import { DataTable, type Column } from '../components/data-table.js';
import { explanationOf, nameOfSplit } from '../components/split-editor.js';
import { Text, Value } from '../components/text.js';
import { number } from '../format.js';
import { peopleAddress } from '../view.js';
import { share } from './bars.js';
import { conversionOf } from './shares.js';
import { canCompare, verdictOf, type Group } from './verdict.js';
import { VerdictSentence } from './verdict-sentence.js';

interface Row {
  /** Undefined for the row of all other values together. */
  value: string | null | undefined;
  steps: FunnelStep[];
}

/** All other values together stay at the end. */
const orderBy =
  (of: (steps: FunnelStep[]) => number | undefined) =>
  ({ value, steps }: Row): number | undefined =>
    value === undefined ? undefined : of(steps);

/** The steps for each value of the split: how many people began, and how many reached each step. */
export function SplitTable({
  answer,
  question,
}: {
  answer: FunnelAnswer;
  question: FunnelQuestion;
}): ComponentChildren {
  const { split = [], rest } = answer;
  const rows: Row[] = [
    ...split.filter(({ value }) => value !== null),
    ...split.filter(({ value }) => value === null),
    ...(rest ? [{ value: undefined, steps: rest.steps }] : []),
  ];
  const most = Math.max(1, ...rows.map(({ steps }) => steps[0]!.people));
  const name = nameOfSplit(question.split!);
  const shorter = withoutSharedOrigin(rows.map(({ value }) => value));
  const last = question.steps.length - 1;
  const groups = groupsIn(split);
  const verdict = canCompare(question) ? verdictOf(groups) : undefined;
  const columns: Column<Row>[] = [
    {
      head: name,
      order: ({ value }) => value,
      cell: ({ value }) =>
        value === undefined ? <span class="quiet">Others</span> : <Value value={shorter(value)} cut />,
    },
    ...question.steps.map(({ event }, index): Column<Row> => ({
      head: `${index + 1}. ${event.length > 24 ? `${[...event].slice(0, 23).join('')}…` : event}`,
      numeric: true,
      order: orderBy((steps) => steps[index]!.people),
      cell: ({ steps }) => (
        <>
          <a href={peopleAddress(steps[index]!.cell)}>{number(steps[index]!.people)}</a>
          {index > 0 && index < last && <span class="of-first">{share(steps[index]!.people, steps[0]!.people)}</span>}
        </>
      ),
    })),
    ...(last > 0
      ? [
          {
            head: 'All steps',
            numeric: true,
            order: orderBy(conversionOf),
            cell: ({ steps }: Row) => <strong>{share(steps[last]!.people, steps[0]!.people, true)}</strong>,
          },
        ]
      : []),
  ];
  return (
    <section id="split" class="split-table of-steps">
      <h2>
        By <Text>{name}</Text>
      </h2>
      {verdict && <VerdictSentence verdict={verdict} groups={groups} hasOthers={rest !== undefined} />}
      <DataTable
        caption={`By ${name}`}
        columns={columns}
        rows={rows}
        keyOf={({ value }) => (value === undefined ? 'rest' : JSON.stringify(value))}
        share={({ steps }) => steps[0]!.people / most}
        empty="Nobody in these days."
      />
      <p class="note">
        Each person counts under one value in all steps: {explanationOf(question.split!, true)}. The bars show how many
        people did the first step.
        {typeof verdict === 'object' &&
          ' If there is no real difference, the sentence above still names one in at most 1 of 20 tests. If you look each day until it names one, that number is higher: choose the days of a test before you look.'}
      </p>
    </section>
  );
}

/** The values that can be compared. People without a value are no variant of a test. */
function groupsIn(split: NonNullable<FunnelAnswer['split']>): Group[] {
  return split.flatMap(({ value, steps }) => {
    const [began, done] = [steps[0]!.people, steps.at(-1)!.people];
    return value !== null && began > 0 ? [{ value, began, done }] : [];
  });
}
