import type { ComponentChildren } from 'preact';
import type { Bucket, Range, Split, Step, TrendAnswer, TrendQuestion } from '../../protocol/reports.js';
import { withoutSharedOrigin } from '../addresses.js';
import { csvOf } from '../ask.js';
import { isolated } from '../bidi.js';
import type { Compared } from '../compared.js';
import { firstDay } from '../compared-days.js';
import { useKept } from '../components/kept-place.js';
import type { Point, Series } from '../components/series.js';
import type { ChartProps } from '../components/chart.js';
import { Figure } from '../components/figure.js';
import { Foot } from '../components/foot.js';
import { Later } from '../components/later.js';
import { explanationOf } from '../components/split-editor.js';
import { number } from '../format.js';
import { addUpToMore } from '../sums.js';
import { inShownDays, reportAddress, viewOf } from '../view.js';
import { earlierBuckets } from './earlier.js';
import { cutInWords, daysOfBuckets, labelsOf, longLabelsOf } from './labels.js';
import { peopleBehind } from './people-behind.js';
import { BUCKETS, isAdded } from './question.js';
import { plainNames } from './split-names.js';
import { drawnAtFirst, endedOf, partsOf, type Part } from './split-parts.js';
import { SplitTable } from './split-table.js';
import { Total } from './total.js';

function pointsOf(rows: Bucket[], question: TrendQuestion, { to }: Pick<Range, 'to'>): Point[] {
  const days = daysOfBuckets(rows, question.by, to);
  return rows.map(({ value, open, cell }, index) => ({
    value,
    ...(open && { open }),
    href: peopleBehind(cell, question, days[index]),
  }));
}

interface AnswerProps {
  compared: Compared<TrendAnswer, TrendQuestion>;
  question: TrendQuestion;
}

/** The number, and below it its chart. With a split, also a table of the values, which is the legend of the lines. */
export function TrendFigure({ compared, question }: AnswerProps): ComponentChildren {
  const { answer } = compared;
  const { event, where, by, split } = question;
  const parts = partsOf(compared, question);
  const [drawn, setDrawn] = useKept<{ of: string; parts: number[] } | undefined>('lines', undefined);
  // The choice of lines belongs to these values in this order: for others it is reset.
  const values = parts.map(({ value }) => value);
  const of = JSON.stringify([split, values]);
  const shown = drawn?.of === of ? drawn.parts : drawnAtFirst(parts);
  const title = titleOf(question);
  const names = plainNames(values.map(withoutSharedOrigin(values)));
  return (
    <>
      <Total compared={compared} question={question} />
      {/* The overview of these people also has the sites, campaigns and pages from which they came. */}
      <p class="came-from">
        <a href={overviewOf({ event, ...(where && { where }) })}>Where these people came from</a>
      </p>
      <Later>
        <Figure
          id="by-time"
          title={title}
          label={title}
          kind={kindOf(question)}
          head={BUCKETS[by]}
          csv={csvOf('trend', ...compared.questions)}
          labels={labelsOf(answer.rows, by)}
          longLabels={longLabelsOf(answer.rows, by, question.to)}
          series={
            split
              ? shown.map((index) => ({
                  name: names[index]!,
                  points: pointsOf(parts[index]!.rows, question, question),
                }))
              : whole(compared, question)
          }
          note={notesOf(compared, parts, question)}
        />
        {split && (
          <SplitTable
            parts={parts}
            ended={endedOf(compared, question)}
            question={question}
            compared={compared.before}
            drawn={shown}
            onDraw={(parts) => setDrawn({ of, parts })}
          />
        )}
        <Foot answer={answer} />
      </Later>
    </>
  );
}

/** The address of the overview of those who did the event, among the people of the filter. */
function overviewOf(step: Step): string {
  const { filter } = viewOf(new URLSearchParams(location.search));
  return reportAddress('/', { filter: JSON.stringify([...filter, inShownDays(step)]) });
}

const metricOf = ({ count, property = '' }: TrendQuestion): string =>
  ({
    people: 'People',
    times: 'Times',
    sum: `Sum of ${isolated(property)}`,
    average: `Average of ${isolated(property)}`,
  })[count];

/** Whether the number of a weekday is the average of its days. With `average` it is the average of values. */
const isOfDays = ({ by, count }: TrendQuestion): boolean => by === 'weekday' && count !== 'average';

const titleOf = (question: TrendQuestion): string =>
  `${metricOf(question)}${isOfDays(question) ? ' on an average day' : ''} by ${question.by}`;

/** Weekdays do not follow one another in time, so that no line joins them. */
function kindOf({ by, split }: TrendQuestion): ChartProps['kind'] {
  if (by === 'weekday') return 'bars';
  return split ? 'line' : 'area';
}

/** The series of all people, and behind it the series of the previous period. */
function whole(compared: Compared<TrendAnswer>, question: TrendQuestion): Series[] {
  const { answer, before } = compared;
  const points = before && pointsOf(before.rows, question, before);
  const earlier = earlierOf(compared, question).map((index): Point => points![index ?? -1] ?? { value: null });
  return [
    { name: metricOf(question), points: pointsOf(answer.rows, question, question) },
    ...(earlier.some(({ value }) => value !== null) ? [{ name: 'Before', before: true, points: earlier }] : []),
  ];
}

/** For each bucket that is over, the bucket of the days before. */
const earlierOf = ({ over, before, days }: Compared<TrendAnswer>, { by }: TrendQuestion): (number | undefined)[] =>
  before ? earlierBuckets({ rows: over.rows, to: days!.over.to }, before, by) : [];

/** Whether each hit, and not each person, counts under its value. */
const isOfHits = ({ attribution }: Split, count: TrendQuestion['count']): boolean =>
  attribution === 'last touch' && count !== 'people';

function notesOf(compared: Compared<TrendAnswer>, parts: Part[], question: TrendQuestion): ComponentChildren {
  const { answer } = compared;
  const { count, by, property = '', split } = question;
  const { skipped = 0, rows, total } = answer;
  const isMore = (numbers: (number | null)[]): boolean => addUpToMore(numbers, total);
  return (
    <>
      {isOfDays(question) &&
        `Each weekday is the average of its days in this range, ${question.from === firstDay() ? 'from the first hit on, ' : ''}without a day that has not ended. `}
      {count === 'people' &&
        by !== 'weekday' &&
        isMore(rows.map(({ value }) => value)) &&
        `A person who did it ${by === 'day' ? 'on' : 'in'} several ${by}s is one person of the whole range, so the ${by}s add up to more than the number above. `}
      {count === 'average' && `The number above is the average of all values, not of the ${by}s. `}
      {cutInWords(rows, question)}
      {by !== 'weekday' && rows.at(-1)?.open && `The last ${by} has not ended. `}
      {!split &&
        earlierOf(compared, question).includes(undefined) &&
        `Only whole ${by}s, or parts with equally many days, are compared. `}
      {isAdded(count) &&
        skipped > 0 &&
        `${number(skipped)} ${skipped === 1 ? `value of ${property} is not a number, and is` : `values of ${property} are not numbers, and are`} left out. `}
      {split &&
        `Each ${isOfHits(split, count) ? 'time that somebody did it' : 'person'} counts under ${explanationOf(split)}. `}
      {split?.attribution === 'last touch' &&
        count === 'people' &&
        isMore(parts.map(({ total }) => total)) &&
        'A person who had several values counts under each of them, so the rows add up to more than all people.'}
    </>
  );
}
