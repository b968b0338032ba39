import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { foldText } from '../../protocol/fold.js';
import type { Attribution, Split } from '../../protocol/reports.js';
import type { Problem } from '../ask.js';
import { faultAt } from './drafts.js';
import { NameField, type Choice } from './name-field.js';

/** The attribution in words: which value of a person counts. */
const ATTRIBUTIONS: Record<Attribution, string> = {
  'last touch': 'the value at that time',
  'first ever': 'the first value ever',
  'last ever': 'the latest value ever',
  'first in range': 'the first value in these days',
  'last in range': 'the latest value in these days',
};

const TRANSFORMS = {
  '': 'as it is',
  lower: 'in lower case',
  page: 'as a page, without campaigns',
  path: 'as a URL without ? and #',
  domain: 'as a domain',
} as const;

/** How the addresses that the tracker sends are usually read: each link with a click id is another address. */
const USUAL = new Map<string, Split['transform']>([
  ['viewed url', 'page'],
  ['url', 'page'],
  ['referrer', 'domain'],
]);

export type AnySplit = Split<Attribution | { step: number }>;

/** Anything else in the address counts as no split. */
export function splitIn(value: unknown): AnySplit | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { property, attribution, transform } = value as Record<string, unknown>;
  if (typeof property !== 'string' || property === '') return undefined;
  const step = (attribution as { step?: unknown } | null | undefined)?.step;
  const isKnown = typeof attribution === 'string' && Object.hasOwn(ATTRIBUTIONS, attribution);
  if (!isKnown && !Number.isInteger(step)) return undefined;
  const way = typeof transform === 'string' && transform !== '' && Object.hasOwn(TRANSFORMS, transform);
  return {
    property,
    attribution: isKnown ? (attribution as Attribution) : { step: step as number },
    ...(way && { transform: transform as NonNullable<Split['transform']> }),
  };
}

/** “by Plan, the first value ever”. */
export const attributionInWords = ({ attribution }: AnySplit): string =>
  typeof attribution === 'string' ? ATTRIBUTIONS[attribution] : `the value of step ${attribution.step} itself`;

interface SplitEditorProps {
  split: AnySplit | undefined;
  properties: readonly Choice[];
  /** The number of steps that the value may come from. */
  steps?: number;
  problem: Problem | undefined;
  onChange: (split: AnySplit | undefined) => void;
}

/** By which property the numbers are split, and which value of it counts for a person. */
export function SplitEditor({ split, properties, steps = 0, problem, onChange }: SplitEditorProps): ComponentChildren {
  const [adding, setAdding] = useState(false);
  const fault = faultAt(problem, 'split');
  if (!split && !adding)
    return (
      <button type="button" class="plain add" onClick={() => setAdding(true)}>
        + split by a property …
      </button>
    );
  const attribution = split && JSON.stringify(split.attribution);
  const ofSteps = Array.from({ length: steps }, (_, index) => ({ step: index + 1 }));
  const remove = (): void => {
    setAdding(false);
    onChange(undefined);
  };
  return (
    <div class="split" role="group" aria-label="Split">
      <NameField
        label="Split by"
        placeholder="Property"
        autoFocus={!split}
        value={split?.property ?? ''}
        choices={properties}
        fault={fault}
        onChoose={(property) =>
          onChange({
            attribution: steps ? 'first in range' : 'last touch',
            ...split,
            property,
            transform: USUAL.get(foldText(property)),
          })
        }
      />
      {split && (
        <>
          <select
            aria-label="Which value counts"
            value={attribution}
            onChange={({ currentTarget }) =>
              onChange({ ...split, attribution: JSON.parse(currentTarget.value) as AnySplit['attribution'] })
            }
          >
            {[...Object.keys(ATTRIBUTIONS), ...ofSteps].map((one) => (
              <option key={JSON.stringify(one)} value={JSON.stringify(one)}>
                {attributionInWords({ ...split, attribution: one as AnySplit['attribution'] })}
              </option>
            ))}
          </select>
          <select
            aria-label="How values are read"
            value={split.transform ?? ''}
            onChange={({ currentTarget }) => {
              const transform = currentTarget.value as Split['transform'] | '';
              onChange({ ...split, transform: transform || undefined });
            }}
          >
            {Object.entries(TRANSFORMS).map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </>
      )}
      <button type="button" class="plain" aria-label="Remove the split" onClick={remove}>
        ×
      </button>
    </div>
  );
}
