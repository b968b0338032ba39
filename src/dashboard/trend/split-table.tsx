import type { ComponentChildren } from 'preact';
import type { Range, TrendQuestion, TrendSeries } from '../../protocol/reports.js';
import { withoutSharedOrigin } from '../addresses.js';
import { DataTable, type Column } from '../components/data-table.js';
import { nameOfSplit } from '../components/split-editor.js';
import { Text, Value } from '../components/text.js';
import { change } from '../format.js';
import { peopleBehind } from './people-behind.js';
import { OTHERS } from './split-names.js';
import { MOST_DRAWN, type Part } from './split-parts.js';
import { numberOrDash } from './total.js';

interface SplitTableProps {
  parts: Part[];
  /** Parts without a line, in the last rows. */
  ended: Part[];
  question: TrendQuestion;
  /** The days before, if they are shown, too. */
  compared: Range | undefined;
  /** The indexes of the parts with lines, in the order of the lines. */
  drawn: number[];
  onDraw: (drawn: number[]) => void;
}

/** The legend of the chart, and all other values. */
export function SplitTable({
  parts: withLines,
  ended,
  question,
  compared,
  drawn,
  onDraw,
}: SplitTableProps): ComponentChildren {
  const parts = [...withLines, ...ended];
  const isBars = question.by === 'weekday';
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
      head: nameOfSplit(question.split!),
      order: (index) => parts[index]!.value,
      cell: (index) => {
        const name = <PartName value={parts[index]!.value} shorter={shorter} />;
        return index < withLines.length ? <WithLine {...{ index, drawn, onDraw, isBars }}>{name}</WithLine> : name;
      },
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
        By <Text>{nameOfSplit(question.split!)}</Text>
      </h2>
      <DataTable
        caption={`By ${nameOfSplit(question.split!)}`}
        columns={columns}
        rows={parts.map((_, index) => index)}
        keyOf={String}
        share={(index) => (most > 0 ? Math.max(0, parts[index]!.total ?? 0) / most : 0)}
        empty="Nothing in these days."
      />
      {withLines.length > MOST_DRAWN && (
        <p class="note">{MOST_DRAWN} values are drawn at most: remove one before you add another.</p>
      )}
    </section>
  );
}

function People({
  part: { total, cell },
  question,
  days,
}: {
  part: TrendSeries & { cell?: string | undefined };
  question: TrendQuestion;
  days: Range;
}): ComponentChildren {
  if (cell === undefined) return numberOrDash(total);
  return <a href={peopleBehind(cell, question, days)}>{numberOrDash(total)}</a>;
}

/** The name of a part, with a checkbox for its line or its bars. */
function WithLine({
  index,
  drawn,
  onDraw,
  isBars,
  children,
}: Pick<SplitTableProps, 'drawn' | 'onDraw'> & {
  index: number;
  isBars: boolean;
  children: ComponentChildren;
}): ComponentChildren {
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
        {line >= 0 && isBars && <rect class="swatch" width={22} height={10} />}
        {line >= 0 && !isBars && <line class="stroke" x1={1} x2={21} y1={5} y2={5} />}
      </svg>
      {children}
    </label>
  );
}

const PartName = ({
  value,
  shorter,
}: Pick<Part, 'value'> & { shorter: ReturnType<typeof withoutSharedOrigin> }): ComponentChildren => (
  <span class="part-name" title={value ?? undefined}>
    {value === undefined ? <span class="quiet">{OTHERS}</span> : <Value value={shorter(value)} />}
  </span>
);
