import { useEffect, useState } from 'preact/hooks';
import { FIRST_DAY, LAST_DAY, MOST_DAYS, type Condition, type Range } from '../protocol/reports.js';
import { AGAIN } from './again.js';
import { daysIn, isDay } from './days.js';
import { jsonIn } from './json.js';
import { isPreset, rangeOf, type Preset } from './presets.js';
import { address } from './site.js';
import { onEvents } from './window-events.js';

/**
 * The state of a report is in its address: the address can be saved and shared, and the browser's Back undoes the last change.
 * All reports share the days, the comparison and the filter, which are part of the links between reports.
 */

export interface View extends Range {
  /** The preset, if the days are one: then they change with the calendar. */
  preset?: Preset;
  compare: boolean;
  /** Conditions that must all hold. */
  filter: Condition[];
}

const DEFAULT: Preset = '28';

/** The parameters that all reports share. */
const SHARED = ['days', 'from', 'to', 'compare', 'filter'];

const CHANGED = 'kmq-address';

/**
 * Events of the window after which a page may be about other days: the address has changed, or a new day may have begun, which is
 * noticed when the page is seen again or counts again.
 */
const EVENTS = ['popstate', CHANGED, AGAIN, 'visibilitychange'];

/** The parameters of the address. The component is rendered again when they, or the days that they mean, may have changed. */
export function useParameters(): URLSearchParams {
  const [{ search }, setHere] = useState({ search: location.search });
  useEffect(() => {
    const changed = (): void => setHere({ search: location.search });
    return onEvents(EVENTS, changed);
  }, []);
  return new URLSearchParams(search);
}

/**
 * Changes the address, as a new entry of the browser's history. Components with parameters of the address are rendered again, even if it stays
 * the same: the same preset may be other days by now.
 * @param changes a value for each name; null removes the parameter
 * @param replace replaces the current entry instead, for values that the page itself fills in
 */
export function setParameters(changes: Record<string, string | null>, { replace = false } = {}): void {
  const parameters = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) parameters.delete(name);
    else parameters.set(name, value);
  }
  const search = `?${parameters.toString()}`;
  if (search !== location.search) history[replace ? 'replaceState' : 'pushState'](null, '', location.pathname + search);
  dispatchEvent(new Event(CHANGED));
}

/** Reads the address. Invalid parts are ignored: the address may have been cut, or come from another version. */
export function viewOf(parameters: URLSearchParams): View {
  const filter = conditionsOf(parameters);
  const compare = parameters.get('compare') !== 'no';
  const [from, to] = [parameters.get('from') ?? '', parameters.get('to') ?? ''];
  if (isDay(from) && isDay(to) && canBeAsked({ from, to })) return { from, to, compare, filter };
  const named = parameters.get('days') ?? DEFAULT;
  const preset = isPreset(named) ? named : DEFAULT;
  return { ...rangeOf(preset), preset, compare, filter };
}

/** Whether reports can be about these days. */
const canBeAsked = ({ from, to }: Range): boolean =>
  from >= FIRST_DAY && to <= LAST_DAY && from <= to && daysIn({ from, to }) <= MOST_DAYS;

/** What the address says. The component is rendered again when that, or the days that it means, may have changed. */
export const useView = (): View => viewOf(useParameters());

/** Changes what is shown, as a new entry of the browser's history. */
export function setView(changes: { days?: Preset | Range; compare?: boolean; filter?: Condition[] }): void {
  setParameters(inAddress(changes));
}

/** Adds a condition to the filter. */
export function narrow(condition: Condition): void {
  const { filter } = viewOf(new URLSearchParams(location.search));
  const text = JSON.stringify(condition);
  if (!filter.some((one) => JSON.stringify(one) === text)) setView({ filter: [...filter, condition] });
}

/**
 * A condition about the days of the question. It changes with the days that are shown, and in a comparison it is about the compared
 * days.
 */
export const inShownDays = <C extends Condition>(condition: C): C => ({ ...condition, days: SHOWN });

const SHOWN = 'shown';

/** The filter for a question. @param range the days of the question, if they are not the shown days */
export function filterOf(
  conditions: Condition[],
  range: Range = viewOf(new URLSearchParams(location.search)),
): { filter?: Condition } {
  if (conditions.length === 0) return {};
  const filter = conditions.map((condition) => withShownDays(condition, range));
  return { filter: filter.length === 1 ? filter[0]! : { all: filter } };
}

/** The condition with the days of the question, if it is about the shown days. Nothing is certain of the parts of a condition in an address. */
export function withShownDays(condition: Condition, { from, to }: Range): Condition {
  if (!isCondition(condition)) return condition;
  const list = (conditions: Condition[]): Condition[] => conditions.map((one) => withShownDays(one, { from, to }));
  if ('all' in condition && Array.isArray(condition.all)) return { all: list(condition.all) };
  if ('any' in condition && Array.isArray(condition.any)) return { any: list(condition.any) };
  const { days, ...said } = condition as Condition & { days?: unknown };
  return days === SHOWN ? { ...said, from, to } : condition;
}

/**
 * The address of another report with the same days and filter.
 * @param parameters further parameters of that report; one that is null is left out
 */
export function reportAddress(path: string, parameters: Record<string, string | null> = {}): string {
  const here = new URLSearchParams(location.search);
  const given = [...SHARED.map((name) => [name, here.get(name)] as const), ...Object.entries(parameters)];
  return address(path, Object.fromEntries(given.filter((one): one is [string, string] => one[1] !== null)));
}

/** The address of the person behind an identity. From there, too, links to reports keep the days and the filter. */
export const personAddress = (identity: string): string => reportAddress('/person', { id: identity });

/** The address of the people behind a number. @param parameters further parameters of the list */
export const peopleAddress = (cell: string, parameters: Record<string, string> = {}): string =>
  reportAddress('/people', { cell, ...parameters });

function inAddress({ days, compare, filter }: Parameters<typeof setView>[0]): Record<string, string | null> {
  return {
    ...(typeof days === 'string' && { days: days === DEFAULT ? null : days, from: null, to: null }),
    ...(typeof days === 'object' && { days: null, from: days.from, to: days.to }),
    ...(compare !== undefined && { compare: compare ? null : 'no' }),
    ...(filter && { filter: filter.length ? JSON.stringify(filter) : null }),
  };
}

/** Whether a part of the filter in the address cannot be read. Then more people are counted than were meant. */
export function isFilterDamaged(parameters: URLSearchParams): boolean {
  return (
    parameters.has('filter') &&
    JSON.stringify(conditionsOf(parameters)) !== JSON.stringify(jsonIn(parameters, 'filter'))
  );
}

function conditionsOf(parameters: URLSearchParams): Condition[] {
  const read = jsonIn(parameters, 'filter');
  return Array.isArray(read) ? read.filter(isCondition) : [];
}

const isCondition = (one: unknown): one is Condition => typeof one === 'object' && one !== null && !Array.isArray(one);
