import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import type { Condition, PropertyCondition } from '../../protocol/reports.js';
import { InWords } from '../conditions.js';
import { DidFields, HadFields, type ConditionProps } from './did-fields.js';
import { orderOfNever, thenNever } from '../then-never.js';
import { FieldFault } from './faults.js';
import { useFormer } from './former.js';
import { areFew, VERBS, verbOf, withVerb, type Verb } from './condition-kinds.js';
import { SiteNames } from './names.js';
import { OrderFields } from './order-fields.js';

/** The most levels of groups: deeper ones are hard to read. */
const DEEPEST = 2;

/** A list of conditions, with buttons to add some. @param word the word between two of them */
export function ConditionList({
  conditions,
  at,
  word,
  depth = 0,
  onChange,
}: {
  conditions: Condition[];
  /** The path of a condition in the question. */
  at: (index: number) => string;
  word: string;
  depth?: number;
  onChange: (conditions: Condition[]) => void;
}): ComponentChildren {
  const { events } = useContext(SiteNames);
  // In words, conditions can only be removed.
  const isInWords = !areFew(conditions);
  const fresh: Condition = { event: events[0]?.name ?? '' };
  const without = (index: number): Condition[] => conditions.filter((_, other) => other !== index);
  return (
    <div class="conditions">
      {conditions.length > 0 && (
        <ol>
          {conditions.map((condition, index) => (
            <li key={index}>
              <span class="word between">{index > 0 && word}</span>
              <Row
                condition={condition}
                at={at(index)}
                depth={depth}
                isInWords={isInWords}
                onChange={(changed) => onChange(conditions.map((one, other) => (other === index ? changed : one)))}
              />
              <button
                type="button"
                class="plain remove"
                aria-label={`Remove condition ${index + 1}`}
                onClick={(event) => {
                  // The pressed button is removed with its condition. The focus stays in the list.
                  event.currentTarget
                    .closest('.conditions')!
                    .querySelector<HTMLElement>(':scope > p > button')!
                    .focus();
                  onChange(without(index));
                }}
              >
                ×
              </button>
            </li>
          ))}
        </ol>
      )}
      <p class="adding">
        <button type="button" onClick={() => onChange([...conditions, fresh])}>
          Add a condition
        </button>
        {depth < DEEPEST && (
          <button type="button" onClick={() => onChange([...conditions, { any: [fresh] }])}>
            Add a group
          </button>
        )}
      </p>
    </div>
  );
}

function Row({
  condition,
  at,
  depth,
  isInWords,
  onChange,
}: ConditionProps & { depth: number; isInWords: boolean }): ComponentChildren {
  const { events, properties } = useContext(SiteNames);
  const former = useFormer(condition);
  const verb = isInWords ? undefined : verbOf(condition);
  // A condition without fields is shown in words and not changed.
  if (!verb)
    return (
      <div class="row-fields">
        <span class="words">
          <InWords condition={condition} />
        </span>
        <FieldFault at={at} />
      </div>
    );
  const defaults = { event: events[0]?.name ?? '', property: properties[0]?.name ?? '' };
  return (
    <div class="row-fields">
      <div class="fields">
        <select
          aria-label="Kind of condition"
          value={verb}
          onChange={(event) => {
            const chosen = event.currentTarget.value as Verb;
            onChange(former((from) => (verbOf(from) === chosen ? from : withVerb(from, chosen, defaults))));
          }}
        >
          {Object.entries(VERBS).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
        <Sentence verb={verb} condition={condition} at={at} depth={depth} onChange={onChange} />
      </div>
      <FieldFault at={at} alone={isGroup(verb)} />
    </div>
  );
}

const isGroup = (verb: Verb): boolean => verb === 'any' || verb === 'all' || verb === 'none';

function Sentence({
  verb,
  condition,
  at,
  depth,
  onChange,
}: ConditionProps & { verb: Verb; depth: number }): ComponentChildren {
  if (verb === 'inOrder' && 'inOrder' in condition)
    return (
      <OrderFields
        inOrder={condition.inOrder}
        at={(index) => `${at}.inOrder[${index}]`}
        onChange={(inOrder) => onChange({ inOrder })}
      />
    );
  if (verb === 'thenNever')
    return (
      <OrderFields
        inOrder={orderOfNever(condition)!}
        isNever
        // The API names the first place that is wrong: the first event is there twice.
        at={(index) => `${at}.all[${index ? '1].not.inOrder[1' : 0}]`}
        onChange={(inOrder) => onChange(thenNever(inOrder))}
      />
    );
  if ((verb === 'hadNot' || verb === 'hasNot') && 'not' in condition)
    return (
      <HadFields
        condition={condition.not as PropertyCondition}
        at={`${at}.not`}
        onChange={(not) => onChange({ not })}
      />
    );
  if (verb === 'none' && 'not' in condition)
    return (
      <Sentence
        verb="any"
        condition={condition.not}
        at={`${at}.not`}
        depth={depth}
        onChange={(not) => onChange({ not })}
      />
    );
  if ('any' in condition)
    return (
      <ConditionList
        conditions={condition.any}
        at={(index) => `${at}.any[${index}]`}
        word="or"
        depth={depth + 1}
        onChange={(any) => onChange({ any })}
      />
    );
  if ('all' in condition)
    return (
      <ConditionList
        conditions={condition.all}
        at={(index) => `${at}.all[${index}]`}
        word="and"
        depth={depth + 1}
        onChange={(all) => onChange({ all })}
      />
    );
  if ('event' in condition)
    return <DidFields condition={condition} at={at} isNever={verb === 'never'} onChange={onChange} />;
  return <HadFields condition={condition as PropertyCondition} at={at} onChange={onChange} />;
}
