import type { ComponentChildren } from 'preact';
import type { Range, TrendAnswer, TrendQuestion, TrendSeries } from '../../protocol/reports.js';
import type { Compared } from '../compared.js';
import { withoutSharedOrigin } from '../addresses.js';
import { DataTable, type Column } from '../components/data-table.js';
import { Text, Value } from '../components/text.js';
import { change } from '../format.js';
import { peopleBehind } from './people-behind.js';
import { OTHERS } from './split-names.js';
import { numberOr } from './total.js';

/** A part of a split answer. It has a row, and may have a line. */
export interface Part extends TrendSeries {
  /** Null: people without a value; undefined: all others. */
  value: string | null | undefined;
  cell: string;
  /** The series for the days that are over, and below, for the days before, if these were requested. */
  over?: TrendSeries | undefined;
  before?: (TrendSeries & { cell: string }) | undefined;
}

/** The most lines: there are so many styles. */
const MOST_DRAWN = 6;

/** The values, the largest first; then people without a value, then all other values. */
export function partsOf({ answer, over, before }: Compared<TrendAnswer>): Part[] {
  const { split = [], rest } = answer;
  const partsBy = ({ split }: TrendAnswer) => new Map(split?.map((part) => [part.value, part]));
  const [ended, earlier] = [partsBy(over), before && partsBy(before)];
  const parts = split.map((part): Part => ({ ...part, over: ended.get(part.value), before: earlier?.get(part.value) }));
  return [
    ...parts.filter(({ value }) => value !== null),
    ...parts.filter(({ value }) => value === null),
    ...(rest ? [{ ...rest, value: undefined, over: over.rest, before: before?.rest }] : []),
  ];
}

/** The parts that have lines at first: as many as there are styles. */
export const drawnAtFirst = (parts: Part[]): number[] => parts.slice(0, MOST_DRAWN).map((_, index) => index);

interface SplitTableProps {
  parts: Part[];
  question: TrendQuestion;
  /** The days before, if they are shown, too. */
  compared: Range | undefined;
  /** The indexes of the parts with lines, in the order of the lines. */
  drawn: number[];
  onDraw: (drawn: number[]) => void;
}

/** The legend of the lines, and all other values. */
export function SplitTable({ parts, question, compared, drawn, onDraw }: SplitTableProps): ComponentChildren {
  const most = Math.max(0, ...parts.map(({ total }) => total ?? 0));
  const head = { people: 'People', times: 'Times', sum: 'Sum', average: 'Average' }[question.count];
  const shorter = withoutSharedOrigin(parts.map(({ value }) => value));
  /** All other values together stay at the end. */
  const orderBy =
    (of: (part: Part) => number | null | undefined) =>
    (index: number): number | null | undefined =>
      parts[index]!.value === undefined ? undefined : of(parts[index]!);
  const columns: Column<number>[] = [
    {
      head: question.split!.property,
      order: (index) => parts[index]!.value,
      cell: (index) => <NameOfPart {...{ parts, index, drawn, onDraw, shorter }} />,
    },
    {
      head,
      numeric: true,
      order: orderBy(({ total }) => total),
      cell: (index) => <People part={parts[index]!} question={question} days={question} />,
    },
  ];
  if (compared)
    columns.push(
      {
        head: 'Before',
        numeric: true,
        order: orderBy(({ before }) => before?.total),
        cell: (index) => {
          const { before } = parts[index]!;
          return before && compared ? <People part={before} question={question} days={compared} /> : '–';
        },
      },
      {
        head: 'Change',
        numeric: true,
        order: orderBy(({ over, before }) =>
          before?.total != null && before.total > 0 && over?.total != null ? over.total / before.total : undefined,
        ),
        cell: (index) => {
          const { over, before } = parts[index]!;
          return (before?.total != null && over?.total != null && change(before.total, over.total)) || '–';
        },
      },
    );
  return (
    <section id="split" class="split-table">
      <h2>
        By <Text>{question.split!.property}</Text>
      </h2>
      <DataTable
        caption={`By ${question.split!.property}`}
        columns={columns}
        rows={parts.map((_, index) => index)}
        keyOf={String}
        share={(index) => (most > 0 ? Math.max(0, parts[index]!.total ?? 0) / most : 0)}
        empty="Nothing in these days."
      />
      {parts.length > MOST_DRAWN && (
        <p class="note">{MOST_DRAWN} lines are drawn at most: remove one before you add another.</p>
      )}
    </section>
  );
}

function People({
  part: { total, cell },
  question,
  days,
}: {
  part: TrendSeries & { cell: string };
  question: TrendQuestion;
  days: Range;
}): ComponentChildren {
  return <a href={peopleBehind(cell, question, days)}>{numberOr(total)}</a>;
}

function NameOfPart({
  parts,
  index,
  drawn,
  onDraw,
  shorter,
}: Omit<SplitTableProps, 'question' | 'compared'> & {
  index: number;
  shorter: ReturnType<typeof withoutSharedOrigin>;
}): ComponentChildren {
  const { value } = parts[index]!;
  const line = drawn.indexOf(index);
  const isFull = line < 0 && drawn.length >= MOST_DRAWN;
  return (
    <label class="part">
      <input
        type="checkbox"
        checked={line >= 0}
        disabled={isFull}
        onChange={() => onDraw(line < 0 ? [...drawn, index] : drawn.filter((one) => one !== index))}
      />
      <svg width={22} height={10} aria-hidden="true" class={line < 0 ? undefined : `series-${line + 1}`}>
        {line >= 0 && <line class="stroke" x1={1} x2={21} y1={5} y2={5} />}
      </svg>
      <span class="part-name" title={value ?? undefined}>
        {value === undefined ? <span class="quiet">{OTHERS}</span> : <Value value={shorter(value)} />}
      </span>
    </label>
  );
}
