import type { ComponentChildren } from 'preact';
import type { FunnelAnswer, FunnelQuestion } from '../../protocol/reports.js';
import { DataTable, type Column } from '../components/data-table.js';
import { StepInWords } from '../conditions.js';
import { duration, number } from '../format.js';
import { peopleAddress } from '../view.js';
import { share } from './bars.js';

/** The same numbers as in the bars, as a table. */
export function AsTable({ answer, question }: { answer: FunnelAnswer; question: FunnelQuestion }): ComponentChildren {
  const { steps, before } = answer;
  const stepAt = (index: number) => steps[index]!;
  const columns: Column<number>[] = [
    {
      head: 'Step',
      cell: (index) => (
        <>
          {index + 1}. <StepInWords step={question.steps[index]!} />
        </>
      ),
    },
    {
      head: 'People',
      numeric: true,
      cell: (index) => <a href={peopleAddress(stepAt(index).cell)}>{number(stepAt(index).people)}</a>,
    },
    { head: 'Of the first', numeric: true, cell: (index) => share(stepAt(index).people, steps[0]!.people) },
    {
      head: 'Of the previous step',
      numeric: true,
      cell: (index) => share(stepAt(index).people, steps[index - 1]?.people),
    },
    {
      head: 'Median time',
      numeric: true,
      cell: (index) => {
        const { medianSeconds } = stepAt(index);
        return medianSeconds === null ? '–' : duration(medianSeconds);
      },
    },
    {
      head: 'Went no further',
      numeric: true,
      cell: (index) => {
        const { lost } = stepAt(index);
        return lost ? <a href={peopleAddress(lost.cell)}>{number(lost.people)}</a> : '–';
      },
    },
  ];
  if (before)
    columns.push(
      {
        head: 'Before: people',
        numeric: true,
        cell: (index) => <a href={peopleAddress(before.steps[index]!.cell)}>{number(before.steps[index]!.people)}</a>,
      },
      {
        head: 'Before: of the first',
        numeric: true,
        cell: (index) => share(before.steps[index]!.people, before.steps[0]!.people),
      },
    );
  return (
    <div class="of-steps">
      <DataTable caption="Funnel" columns={columns} rows={steps.map((_, index) => index)} keyOf={String} />
    </div>
  );
}
