import type { ComponentChildren } from 'preact';
import type { Bucket, TrendAnswer, TrendQuestion } from '../../protocol/reports.js';
import { csvOf } from '../ask.js';
import { isolated } from '../bidi.js';
import type { Compared } from '../compared.js';
import { useKept } from '../components/kept-place.js';
import type { Point, Series } from '../components/series.js';
import { Figure } from '../components/figure.js';
import { attributionInWords } from '../components/split-editor.js';
import { number } from '../format.js';
import { addUpToMore } from '../sums.js';
import { peopleAddress } from '../view.js';
import { labelsOf, longLabelsOf } from './labels.js';
import { BUCKETS, isAdded } from './question.js';
import { plainNames } from './split-names.js';
import { drawnAtFirst, partsOf, SplitTable, type Part } from './split-table.js';
import { Total } from './total.js';

const pointsOf = (rows: Bucket[]): Point[] =>
  rows.map(({ value, open, cell }) => ({ value, ...(open && { open }), href: peopleAddress(cell) }));

interface AnswerProps {
  compared: Compared<TrendAnswer>;
  question: TrendQuestion;
}

/** The number and its chart. With a split, also a table of the values, which is the legend of the lines. */
export function TrendFigure({ compared, question }: AnswerProps): ComponentChildren {
  const { answer } = compared;
  const { by, split } = question;
  const parts = partsOf(compared);
  const [drawn, setDrawn] = useKept<{ of: string; parts: number[] } | undefined>('lines', undefined);
  // The choice of lines belongs to these values in this order: for others it is reset.
  const values = JSON.stringify([split, parts.map(({ value }) => value)]);
  const shown = drawn?.of === values ? drawn.parts : drawnAtFirst(parts);
  const starts = answer.rows.map(({ start }) => start);
  const title = `${metricOf(question)} by ${by}`;
  const names = plainNames(parts.map(({ value }) => value));
  return (
    <>
      <Total compared={compared} question={question} />
      <Figure
        id="by-time"
        title={title}
        label={title}
        kind={split ? 'line' : 'area'}
        head={BUCKETS[by]}
        csv={csvOf('trend', question)}
        labels={labelsOf(starts, by)}
        longLabels={longLabelsOf(starts, by, question.to)}
        series={
          split
            ? shown.map((index) => ({ name: names[index]!, points: pointsOf(parts[index]!.rows) }))
            : whole(compared, question)
        }
        note={notesOf(answer, parts, question)}
      />
      {split && (
        <SplitTable
          parts={parts}
          question={question}
          isCompared={compared.before !== undefined}
          drawn={shown}
          onDraw={(parts) => setDrawn({ of: values, parts })}
        />
      )}
    </>
  );
}

const metricOf = ({ count, property = '' }: TrendQuestion): string =>
  ({
    people: 'People',
    times: 'Times',
    sum: `Sum of ${isolated(property)}`,
    average: `Average of ${isolated(property)}`,
  })[count];

/** The series of all people, and behind it the series of the previous period. */
function whole({ answer: { rows }, before }: Compared<TrendAnswer>, question: TrendQuestion): Series[] {
  const earlier = before?.rows.slice(0, rows.length);
  return [
    { name: metricOf(question), points: pointsOf(rows) },
    ...(earlier ? [{ name: 'Before', before: true, points: pointsOf(earlier) }] : []),
  ];
}

function notesOf(
  answer: TrendAnswer,
  parts: Part[],
  { count, by, property = '', split }: TrendQuestion,
): ComponentChildren {
  const { skipped = 0, rows, total } = answer;
  const isMore = (numbers: (number | null)[]): boolean => addUpToMore(numbers, total);
  return (
    <>
      {count === 'people' &&
        isMore(rows.map(({ value }) => value)) &&
        `A person who did it in several ${by}s is one person of the whole range, so the ${by}s add up to more than the number above. `}
      {count === 'average' && `The number above is the average of all values, not of the ${by}s. `}
      {answer.rows.at(-1)?.open && `The last ${by} has not ended. `}
      {isAdded(count) &&
        skipped > 0 &&
        `${number(skipped)} ${skipped === 1 ? `value of ${property} is not a number, and is` : `values of ${property} are not numbers, and are`} left out. `}
      {split && `Each person counts under ${attributionInWords(split)}. `}
      {split?.attribution === 'last touch' &&
        count === 'people' &&
        isMore(parts.map(({ total }) => total)) &&
        'A person who had several values counts under each of them, so the rows add up to more than all people.'}
    </>
  );
}
