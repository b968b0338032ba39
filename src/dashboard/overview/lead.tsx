import type { ComponentChildren } from 'preact';
import type { OverviewAnswer, Range } from '../../protocol/reports.js';
import { Progress } from '../components/states.js';
import { Text } from '../components/text.js';
import { firstDay, keptDays, type whyNotCompared } from '../compared-days.js';
import { fullDay, number, percent, shortDays } from '../format.js';
import type { LookedAt } from '../looked-at.js';
import { reportAddress } from '../view.js';
import { mostChanged, type Comparison, type CountComparison, type StepComparison } from './most-changed.js';
import type { ComparedSteps } from './steps.js';

/**
 * One sentence: the largest change from the period before, if it is more than chance.
 * @param people how many people came, if the shown days are all days of the site until today
 * @param range the days that are over; undefined if there is nothing to compare
 * @param why why there is nothing to compare
 */
export function Lead({
  people,
  answer,
  steps,
  range,
  why,
  isAsking,
}: {
  people: number | undefined;
  answer: OverviewAnswer | undefined;
  steps: ComparedSteps | undefined;
  range: Range | undefined;
  why: ReturnType<typeof whyNotCompared>;
  isAsking: boolean;
}): ComponentChildren {
  return (
    <div class="lead-sentence" aria-live="polite" aria-atomic="true">
      {!range && (
        <p>
          {why === 'today' && 'Today has not ended: there is nothing to compare yet.'}
          {why === 'future' && 'These days have not begun: there is nothing to compare yet.'}
          {why === 'not sent' &&
            (people === undefined
              ? `The first hit of this site is from ${fullDay(firstDay()!)}, so there are too few days before to compare.`
              : `${number(people)} ${people === 1 ? 'person' : 'people'} came since the first hit of this site, on ${fullDay(firstDay()!)}.`)}
          {why === 'removed' &&
            `The hits of this site are kept for ${number(keptDays()!)} days, so there are too few days before to compare.`}
        </p>
      )}
      {range && answer?.before && <Sentence answer={answer} steps={steps} range={range} />}
      {/* The space of the sentence and of one line of its note is reserved, so nothing below moves when they appear. */}
      {range && isAsking && (
        <div class="lead-progress">
          <Progress label="Comparing with the days before…" />
        </div>
      )}
    </div>
  );
}

function Sentence({
  answer,
  steps,
  range,
}: {
  answer: OverviewAnswer;
  steps: ComparedSteps | undefined;
  range: Range;
}): ComponentChildren {
  const verdict = mostChanged(answer, steps);
  const { from, to } = answer.before!;
  return (
    <>
      <p>
        {'unknown' in verdict ? (
          UNKNOWN[verdict.unknown]
        ) : verdict.changed ? (
          <Changed most={verdict.changed} funnel={steps?.funnel} />
        ) : (
          'Nothing has changed by more than chance.'
        )}
      </p>
      <p class="note">
        {'changed' in verdict && verdict.changed && noteOf(verdict.changed)}
        {shortDays(range)} compared with {shortDays({ from, to })}: only days that have ended.
      </p>
    </>
  );
}

function noteOf(changed: Comparison): string | undefined {
  if (changed.of === 'step') return 'This is a step of the funnel that is looked at most in this browser. ';
  return changed.atMost
    ? '“Or fewer”: for those days only the ten largest are known, and this one was not among them. '
    : undefined;
}

const UNKNOWN = {
  'nobody now': 'Nobody came in the days that have ended.',
  'nobody before': 'Nobody came in the days before: there is nothing to compare yet.',
  'too few': 'So few days cannot show whether a change is more than chance. Choose a week or more.',
};

/** “Of the people who did Viewed Product, 12.3% went on to Signed Up, down from 18.1%.” */
function ChangedStep({ most, funnel }: { most: StepComparison; funnel: LookedAt }): ComponentChildren {
  const { after, name } = most;
  const [now, before] = [most.now / after.now, most.before / after.before];
  const { steps, window } = funnel;
  const parameters = { steps: JSON.stringify(steps), window: window?.toString() ?? null };
  return (
    <>
      Of the people who did{' '}
      <Text strong cut>
        {after.event}
      </Text>
      , <a href={reportAddress('/funnel', parameters)}>{percent(now, true)}</a> went on to{' '}
      <Text strong cut>
        {name}
      </Text>
      , {now > before ? 'up' : 'down'} from {percent(before, true)}.
    </>
  );
}

/** “Paid brought 85% more people: 337, up from 182.” */
function Changed({ most, funnel }: { most: Comparison; funnel: LookedAt | undefined }): ComponentChildren {
  if (most.of === 'step') return <ChangedStep most={most} funnel={funnel!} />;
  const { now, before, atMost } = most;
  const people = most.of === 'new people' ? 'new people' : 'people';
  const isMore = now > before;
  const share = percent(Math.abs(now / before - 1));
  const hasShare = now > 0 && before > 0 && !atMost;
  const orFewer = (isUnknown: boolean | undefined): string => (isUnknown ? ' or fewer' : '');
  const after = `${number(now)} ${people}${orFewer(atMost && !isMore)}`;
  const earlier = `${isMore ? 'up' : 'down'} from ${number(before)}${orFewer(atMost && isMore)}`;
  return (
    <>
      <Subject most={most} />{' '}
      <a href={reportOf(most)}>
        {hasShare ? `${share} ${isMore ? 'more' : 'fewer'} ${people}` : now === 0 ? 'nobody' : after}
      </a>
      {hasShare && `: ${number(now)}`}, {before === 0 ? 'and none before' : earlier}.
    </>
  );
}

function Subject({ most: { of, name } }: { most: CountComparison }): ComponentChildren {
  if (of === 'people' || of === 'new people') return 'There were';
  return (
    <>
      <Text strong cut>
        {name ?? 'Visits without a referrer'}
      </Text>{' '}
      {of === 'event' ? 'was done by' : 'brought'}
    </>
  );
}

/** The address of the report that shows the change. */
function reportOf({ of, name }: CountComparison): string {
  if (of === 'event') return reportAddress('/trend', { event: name! });
  return { people: '#by-day', 'new people': '#new', channel: '#channels', referrer: '#referrers' }[of];
}
