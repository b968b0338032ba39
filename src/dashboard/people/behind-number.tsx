import type { ComponentChildren } from 'preact';
import {
  WEEKDAYS,
  type BreakdownQuestion,
  type FunnelQuestion,
  type NamesQuestion,
  type OverviewQuestion,
  type TrendQuestion,
} from '../../protocol/reports.js';
import { nameOfSplit } from '../components/split-editor.js';
import { Text, Value } from '../components/text.js';
import { InWords, StepInWords } from '../conditions.js';
import { days, longDay, weekday } from '../format.js';
import { inAddress as funnelInAddress } from '../funnel/in-address.js';
import { inAddress as trendInAddress } from '../trend/in-address.js';
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
        {read ? <Words read={read} /> : 'an unknown number'}
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
  if (kind === 'trend') return reportAddress(path, trendInAddress(question));
  if (kind === 'funnel') return reportAddress(path, funnelInAddress(question));
  return reportAddress(path);
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
  if (kind === 'overview' || place.event !== undefined) return OfOverview({ place });
  const isNames = kind === 'names';
  const isOfHits = kind === 'trend' || kind === 'funnel';
  const property = isNames ? (place.property as string) : question.property;
  const step = kind === 'funnel' ? question.steps[(place.step as number) - 1]! : question;
  return (
    <>
      who {kind === 'funnel' ? `came to step ${place.step as number} of a funnel, ` : isOfHits ? 'did ' : 'had '}
      {isOfHits ? StepInWords({ step }) : <Text strong>{property}</Text>}
      {Part({
        split: isOfHits ? question.split && nameOfSplit(question.split) : isNames ? undefined : property,
        place,
      })}
      {place.lost && ', but did not go on'}
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

/** What the people of each list of the overview did, before the name in the list. */
const LISTS = { channel: 'came by', referrer: 'came from', page: 'saw', event: 'did' };

function OfOverview({ place }: { place: Read['place'] }): ComponentChildren {
  if (place.isNew) return 'who were new';
  if (place.referrer === null) return 'who came from no other site';
  const [list, did] = Object.entries(LISTS).find(([name]) => place[name] !== undefined) ?? [];
  if (!list) return 'who came';
  return (
    <>
      who {did} <Text strong>{place[list] as string}</Text>
    </>
  );
}
