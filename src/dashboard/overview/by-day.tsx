import type { ComponentChildren } from 'preact';
import type { OverviewAnswer, OverviewDay } from '../../protocol/reports.js';
import type { Csv } from '../ask.js';
import type { Series } from '../components/series.js';
import { Figure, labelsOf } from '../components/figure.js';
import { longDay } from '../format.js';
import { addUpToMore } from '../sums.js';
import { peopleAddress } from '../view.js';

interface ByDayProps {
  answer: OverviewAnswer;
  /** As many days before, if they are compared. */
  before: OverviewAnswer['before'];
  csv: Csv;
}

/** People, new people and visits of each day. */
export function ByDay({ answer: { rows, people }, before, csv }: ByDayProps): ComponentChildren {
  const days = { labels: labelsOf(rows), longLabels: rows.map(({ start }) => longDay(start)), head: 'Day', csv };
  const series = (name: string, of: (day: OverviewDay) => number, cellOf?: (day: OverviewDay) => string): Series => ({
    name,
    points: rows.map((day) => ({
      value: of(day),
      ...(day.open && { open: true }),
      ...(cellOf && { href: peopleAddress(cellOf(day)) }),
    })),
  });
  const earlier = (name: string, of: (day: OverviewDay) => number): Series[] =>
    before ? [{ name, before: true, points: before.rows.map((day) => ({ value: of(day) })) }] : [];
  const returning = ({ people, newPeople }: OverviewDay): number => people - newPeople;
  return (
    <>
      <Figure
        {...days}
        id="by-day"
        title="People and visits by day"
        label="People and visits by day"
        kind="area"
        series={[
          series(
            'People',
            ({ people }) => people,
            ({ cell }) => cell,
          ),
          series('Visits', ({ visits }) => visits),
          ...earlier('People before', ({ people }) => people),
        ]}
        note={
          (addUpToMore(
            rows.map((day) => day.people),
            people,
          )
            ? 'A person who came on several days counts once in the whole range, so the days add up to more than the number above. '
            : '') + 'A visit counts on the day on which it began.'
        }
      />
      <Figure
        {...days}
        id="new"
        title="New and returning"
        label="New and returning people by day"
        kind="stacked"
        series={[
          series(
            'New',
            ({ newPeople }) => newPeople,
            ({ newCell }) => newCell,
          ),
          series('Returning', returning),
        ]}
        note="New people were never seen before that day. New and returning people together are all people of the day."
      />
    </>
  );
}
