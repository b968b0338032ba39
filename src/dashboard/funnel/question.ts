import type { FunnelQuestion, Range, Step } from '../../protocol/reports.js';
import { splitIn, type AnySplit } from '../components/split-editor.js';
import { jsonIn } from '../json.js';
import { testsIn } from '../value-tests.js';
import { filterOf, setParameters, type View } from '../view.js';
import { inAddress } from './in-address.js';

/** The question of the page, read from its address. */
export interface Chosen {
  /** Empty if not chosen yet. */
  steps: Step[];
  /** Seconds. */
  window?: number | undefined;
  skip: boolean;
  split?: AnySplit | undefined;
}

export function chosenIn(parameters: URLSearchParams): Chosen {
  const window = parameters.get('window');
  const split = splitIn(jsonIn(parameters, 'split'));
  return {
    steps: stepsIn(jsonIn(parameters, 'steps')),
    ...(window !== null && /^\d{1,12}$/.test(window) && { window: Number(window) }),
    skip: parameters.get('skip') === 'yes',
    ...(split && { split }),
  };
}

function stepsIn(value: unknown): Step[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown): Step[] => {
    const { event, where } = (one ?? {}) as Record<string, unknown>;
    return typeof event === 'string' && event !== '' ? [stepOf(event, testsIn(where))] : [];
  });
}

export const stepOf = (event: string, where: NonNullable<Step['where']>): Step => ({
  event,
  ...(where.length > 0 && { where }),
});

/** Changes the question, as a new entry of the browser's history. */
export const choose = (changes: Partial<Chosen>): void => setParameters(inAddress(changes));

/** Bots are left out. The answer says how many. */
export function questionOf(chosen: Chosen, { filter }: View, { from, to }: Range): FunnelQuestion | undefined {
  const { steps, window, skip, split } = chosen;
  if (steps.length === 0) return undefined;
  return {
    ...{ steps, from, to },
    ...(window !== undefined && { window }),
    ...(skip && { skip }),
    ...(split && { split }),
    ...filterOf(filter, { from, to }),
    bots: 'exclude',
  };
}

/** A split by the value of a step that has been removed becomes one by the value of the last step. */
export function splitWithin(split: AnySplit | undefined, steps: number): AnySplit | undefined {
  if (!split || typeof split.attribution === 'string' || split.attribution.step <= steps) return split;
  return { ...split, attribution: { step: steps } };
}
