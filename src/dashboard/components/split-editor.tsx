import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { foldText } from '../../protocol/fold.js';
import type { Attribution, ChannelSplit, PropertySplit, Split } from '../../protocol/reports.js';
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

/** Which visit of a person has the channel that counts. */
const OF_CHANNEL: Record<ChannelSplit['attribution'], string> = {
  'first in range': 'the channel of the first visit in these days',
  'first ever': 'the channel of the first visit ever',
};

const TRANSFORMS = {
  '': 'as it is',
  lower: 'in lower case',
  page: 'as a page, without campaigns',
  path: 'as a URL without ? and #',
  domain: 'as a domain',
} as const;

/** How the addresses that the tracker sends are usually read: each link with a click id is another address. */
const USUAL = new Map<string, PropertySplit['transform']>([
  ['viewed url', 'page'],
  ['url', 'page'],
  ['referrer', 'domain'],
]);

export type AnySplit = Split<Attribution | { step: number }>;

/** A split from the address; undefined if it is malformed, or if there is none. */
export function splitIn(value: unknown): AnySplit | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { source, property, attribution, transform } = value as Record<string, unknown>;
  if (source === 'channel')
    return typeof attribution === 'string' && Object.hasOwn(OF_CHANNEL, attribution)
      ? { source, attribution: attribution as ChannelSplit['attribution'] }
      : undefined;
  if (typeof property !== 'string' || property === '') return undefined;
  const step = (attribution as { step?: unknown } | null | undefined)?.step;
  const isKnown = typeof attribution === 'string' && Object.hasOwn(ATTRIBUTIONS, attribution);
  if (!isKnown && !Number.isInteger(step)) return undefined;
  const way = typeof transform === 'string' && transform !== '' && Object.hasOwn(TRANSFORMS, transform);
  return {
    property,
    attribution: isKnown ? (attribution as Attribution) : { step: step as number },
    ...(way && { transform: transform as NonNullable<PropertySplit['transform']> }),
  };
}

export const nameOfSplit = (split: AnySplit): string => ('source' in split ? 'Channel' : split.property);

/** “the first value ever”. @param isFunnel whether it is about a funnel, in which each step has a time of its own */
function attributionInWords(split: AnySplit, isFunnel: boolean): string {
  const { attribution } = split;
  if ('source' in split) return OF_CHANNEL[split.attribution];
  if (isFunnel && attribution === 'last touch') return 'the value at the time of step 1';
  return typeof attribution === 'string' ? ATTRIBUTIONS[attribution] : `the value of step ${attribution.step} itself`;
}

/** The same for a note. Of channels it also says whether the overview counts like this, and what people without a visit have. */
export const explanationOf = (split: AnySplit, isFunnel = false): string =>
  attributionInWords(split, isFunnel) +
  // The overview counts the first visit in its days.
  ('source' in split && split.attribution === 'first in range' ? ', as in the overview' : '') +
  ('source' in split ? '; without such a visit it is not set' : '');

interface SplitEditorProps {
  split: AnySplit | undefined;
  properties: readonly Choice[];
  /** The number of steps that the value may come from. */
  steps?: number;
  problem: Problem | undefined;
  onChange: (split: AnySplit | undefined) => void;
}

/** By what the numbers are split, and which value of it counts for a person. */
export function SplitEditor({ split, properties, steps = 0, problem, onChange }: SplitEditorProps): ComponentChildren {
  const [adding, setAdding] = useState(false);
  const fault = faultAt(problem, 'split');
  if (!split && !adding)
    return (
      <>
        <button type="button" class="plain add" onClick={() => setAdding(true)}>
          + split by a property …
        </button>
        <button
          type="button"
          class="plain add"
          onClick={() => onChange({ source: 'channel', attribution: 'first in range' })}
        >
          + split by channel
        </button>
      </>
    );
  const byProperty = split && 'property' in split ? split : undefined;
  const ofSteps = Array.from({ length: steps }, (_, index) => ({ step: index + 1 }));
  const remove = (): void => {
    setAdding(false);
    onChange(undefined);
  };
  return (
    <div class="split" role="group" aria-label="Split">
      {split && !byProperty ? (
        'Split by channel'
      ) : (
        <NameField
          label="Split by"
          placeholder="Property"
          autoFocus={!split}
          value={byProperty?.property ?? ''}
          choices={properties}
          fault={fault}
          onChoose={(property) =>
            onChange({
              attribution: steps ? 'first in range' : 'last touch',
              ...byProperty,
              property,
              transform: USUAL.get(foldText(property)),
            })
          }
        />
      )}
      {split && (
        <select
          aria-label="Which value counts"
          value={JSON.stringify(split.attribution)}
          onChange={({ currentTarget }) =>
            onChange({ ...split, attribution: JSON.parse(currentTarget.value) as never })
          }
        >
          {(byProperty ? [...Object.keys(ATTRIBUTIONS), ...ofSteps] : Object.keys(OF_CHANNEL)).map((one) => (
            <option key={JSON.stringify(one)} value={JSON.stringify(one)}>
              {attributionInWords({ ...split, attribution: one as never }, steps > 0)}
            </option>
          ))}
        </select>
      )}
      {byProperty && (
        <select
          aria-label="How values are read"
          value={byProperty.transform ?? ''}
          onChange={({ currentTarget }) => {
            const transform = currentTarget.value as PropertySplit['transform'] | '';
            onChange({ ...byProperty, transform: transform || undefined });
          }}
        >
          {Object.entries(TRANSFORMS).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      )}
      <button type="button" class="plain" aria-label="Remove the split" onClick={remove}>
        ×
      </button>
    </div>
  );
}
