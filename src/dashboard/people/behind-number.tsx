import type { ComponentChildren } from 'preact';
import {
  WEEKDAYS,
  type BreakdownQuestion,
  type FunnelQuestion,
  type NamesQuestion,
  type OverviewQuestion,
  type TrendQuestion,
} from '../../protocol/reports.js';
import { Text, Value } from '../components/text.js';
import { InWords, StepInWords } from '../conditions.js';
import { days, longDay, weekday } from '../format.js';
import { parsed } from '../json.js';
import { reportAddress, setParameters } from '../view.js';

/** Says in words which number of which report these people are behind, with a link back to it. */
export function BehindNumber({ cell }: { cell: string }): ComponentChildren {
  const read = readCell(cell);
  const filter = read?.question.filter;
  return (
    <div class="behind" role="note">
      <p>
        <span class="quiet">Only the people behind one number: </span>
        {read ? <Words read={read} /> : 'a number that this page does not know'}
        {filter && (
          <>
            , of those who <InWords condition={filter} />
          </>
        )}
        .
      </p>
      <p class="actions">
        {read && <a href={wayBack(read)}>← Back to {REPORTS[read.kind]?.[0] ?? 'the report'}</a>}
        <button type="button" onClick={() => setParameters({ cell: null, after: null })}>
          Look for other people
        </button>
      </p>
    </div>
  );
}

type Question = OverviewQuestion & TrendQuestion & FunnelQuestion & BreakdownQuestion & NamesQuestion;

interface Read {
  kind: string;
  question: Question;
  place: Record<string, unknown>;
}

/** The name and the page of each report. */
const REPORTS: Record<string, [name: string, path: string]> = {
  overview: ['the overview', '/'],
  trend: ['the trend', '/trend'],
  funnel: ['the funnel', '/funnel'],
};

/** A cell is a question and the place of a number in its answer. The API reads it; this only puts it into words. */
function readCell(cell: string): Read | undefined {
  try {
    const bytes = Uint8Array.from(atob(cell.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    const read = parsed(new TextDecoder().decode(bytes)) as Read | null;
    return read && isObject(read.question) && isObject(read.place) ? read : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** The address of the report with the number. Days and filter are in this page's address, the rest is in the cell. */
function wayBack({ kind, question }: Read): string {
  const path = REPORTS[kind]?.[1] ?? '/';
  const { event, where, count, property, by, split, steps, window, skip } = question;
  const json = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value));
  const said: Record<string, string | undefined> =
    kind === 'trend'
      ? { event, where: json(where), count, of: property, by, split: json(split) }
      : kind === 'funnel'
        ? { steps: json(steps), window: json(window), skip: skip ? 'yes' : undefined, split: json(split) }
        : {};
  const given = Object.entries(said).filter((one): one is [string, string] => one[1] !== undefined);
  return reportAddress(path, Object.fromEntries(given));
}

/**
 * The place in words. Anyone may have written the cell of an address. Its parts are called as functions: what they throw as components
 * would not be caught here, and nothing would be shown.
 */
function Words({ read }: { read: Read }): ComponentChildren {
  const { kind, question, place } = read;
  const { from, to } = question;
  try {
    const inDays = from && to ? `, ${days({ from, to })}` : '';
    return (
      <>
        {Place(read)}
        {typeof place.start === 'string' ? startOf(kind, question, place.start) : inDays}
      </>
    );
  } catch {
    return <Text>{JSON.stringify(place)}</Text>;
  }
}

const startOf = (kind: string, { by }: Question, start: string): string =>
  by === 'weekday'
    ? `, on a ${weekdayName(start)}`
    : `${kind === 'overview' || by === 'day' ? ', ' : `, ${by} of `}${longDay(start)}`;

/** @param name as the API writes it */
const weekdayName = (name: string): string => weekday(WEEKDAYS.indexOf(name as (typeof WEEKDAYS)[number]) + 1, 'long');

function Place({ kind, question, place }: Read): ComponentChildren {
  if (kind === 'overview') return OfOverview({ place });
  if (kind === 'funnel') {
    const step = question.steps[(place.step as number) - 1]!;
    return (
      <>
        who came to step {place.step} of a funnel, {StepInWords({ step })}
        {Part({ split: question.split?.property, place })}
      </>
    );
  }
  if (kind === 'trend')
    return (
      <>
        who did {StepInWords({ step: question })}
        {Part({ split: question.split?.property, place })}
      </>
    );
  if (typeof place.event === 'string')
    return (
      <>
        who did <Text strong>{place.event}</Text>
      </>
    );
  const property = kind === 'names' ? (place.property as string) : question.property;
  return (
    <>
      who had <Text strong>{property}</Text>
      {Part({ split: kind === 'names' ? undefined : property, place })}
    </>
  );
}

function Part({ split, place }: { split: string | undefined; place: Read['place'] }): ComponentChildren {
  if (split === undefined) return null;
  if (place.rest)
    return (
      <>
        , with any other <Text strong>{split}</Text>
      </>
    );
  if (place.value === undefined) return null;
  return (
    <>
      , with <Text strong>{split}</Text>: <Value value={place.value as string | null} />
    </>
  );
}

function OfOverview({ place }: { place: Read['place'] }): ComponentChildren {
  const { isNew, channel, referrer, page, event } = place as Record<string, string | null | undefined>;
  if (isNew) return 'who were new';
  if (channel !== undefined)
    return (
      <>
        who came by <Text strong>{channel!}</Text>
      </>
    );
  if (referrer === null) return 'who came from no other site';
  if (referrer !== undefined)
    return (
      <>
        who came from <Text strong>{referrer}</Text>
      </>
    );
  if (page !== undefined)
    return (
      <>
        who saw <Text strong>{page!}</Text>
      </>
    );
  if (event !== undefined)
    return (
      <>
        who did <Text strong>{event!}</Text>
      </>
    );
  return 'who came';
}
