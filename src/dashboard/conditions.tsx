import type { ComponentChildren } from 'preact';
import type { Condition, Days, HitTest, OrderedCondition, PropertyCondition, Step } from '../protocol/reports.js';
import { Text } from './components/text.js';
import { days, exactly, longDay, number } from './format.js';
import { orderOfNever } from './then-never.js';
import { OPERATORS, partsOf } from './value-tests.js';

/**
 * Conditions in words. They come from the address, which anyone may have written, so every member is checked. Parts of a condition are
 * called as functions: what they throw as components would not be caught by `InWords`, and nothing would be shown.
 */

/** “did Signed Up at least 2 times with Plan containing pro” */
export function InWords({ condition }: { condition: Condition }): ComponentChildren {
  try {
    return words(condition);
  } catch {
    // The API refuses anything else, and its message names the place.
    return <Text>{JSON.stringify(condition)}</Text>;
  }
}

function words(condition: Condition): ComponentChildren {
  const order = orderOfNever(condition);
  if (order) return <>did {inTurn(order, ', then never ')}</>;
  if ('all' in condition) return list(condition.all, ' and ');
  if ('any' in condition) return list(condition.any, ' or ');
  if ('not' in condition) return negated(condition.not);
  if ('inOrder' in condition) return <>did in order {inTurn(condition.inOrder, ', then ')}</>;
  if ('channel' in condition)
    return (
      <>
        came by <Text strong>{condition.channel}</Text>
        {within(condition)}
      </>
    );
  if ('referrer' in condition)
    return (
      <>
        {condition.referrer === null ? (
          'came from no other site'
        ) : (
          <>
            came from <Text strong>{condition.referrer}</Text>
          </>
        )}
        {within(condition)}
      </>
    );
  if ('page' in condition)
    return (
      <>
        saw <Text strong>{condition.page}</Text>
        {within(condition)}
      </>
    );
  if ('event' in condition) {
    const { atLeast, atMost, exactly } = condition;
    const isNever = atMost === 0 || exactly === 0;
    return (
      <>
        {isNever ? 'never did ' : 'did '}
        {StepInWords({ step: condition })}
        {!isNever && atLeast !== undefined && ` at least ${times(atLeast)}`}
        {!isNever && atMost !== undefined && ` at most ${times(atMost)}`}
        {!isNever && exactly !== undefined && ` exactly ${times(exactly)}`}
        {within(condition)}
      </>
    );
  }
  return (
    <>
      {had(condition)} {TestInWords({ test: condition })}
      {within(condition)}
    </>
  );
}

const inTurn = (steps: OrderedCondition[], between: string): ComponentChildren =>
  steps.map((step, index) => (
    <>
      {index > 0 && between}
      {StepInWords({ step })}
      {within(step)}
    </>
  ));

/** “did not have Plan equal to Pro”, in the words of the fields; other conditions get “not: …”, since their negation has no short form. */
function negated(condition: Condition): ComponentChildren {
  const verb =
    'property' in condition && !('event' in condition) && !('is' in condition) && VERBS_NOT.get(had(condition));
  if (!verb) return <>not: {inBrackets(condition)}</>;
  return (
    <>
      {verb} {TestInWords({ test: condition })}
      {within(condition)}
    </>
  );
}

const VERBS_NOT = new Map([
  ['had', 'did not have'],
  ['now has', 'does not have now'],
]);

function had({ value, from, to }: PropertyCondition): string {
  if (value === undefined) return 'had';
  if (value === 'last' && from === undefined && to === undefined) return 'now has';
  return value === 'last' ? 'had as last value' : 'had as first value';
}

/** An event, with its tests. */
export function StepInWords({ step }: { step: Step }): ComponentChildren {
  return (
    <>
      <Text strong>{step.event}</Text>
      {step.where?.map((test, index) => (
        <>
          {index ? ' and ' : ' with '}
          {TestInWords({ test })}
        </>
      ))}
    </>
  );
}

/** “Plan containing pro” */
export function TestInWords({ test }: { test: HitTest }): ComponentChildren {
  const { property, operator, value } = partsOf(test);
  return (
    <>
      <Text strong>{property}</Text> {OPERATORS[operator]}
      {!('is' in test) && (
        <>
          {' '}
          <Text strong>{typeof value === 'number' ? exactly(value) : value}</Text>
        </>
      )}
    </>
  );
}

function list(conditions: Condition[], between: string): ComponentChildren {
  return conditions.map((condition, index) => (
    <>
      {index > 0 && between}
      {inBrackets(condition)}
    </>
  ));
}

/** A condition, in brackets if it is a list of several. */
function inBrackets(condition: Condition): ComponentChildren {
  const parts = 'all' in condition ? condition.all : 'any' in condition ? condition.any : [];
  return parts.length > 1 ? <>({words(condition)})</> : words(condition);
}

const times = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${number(count)} times`);

function within({ from, to }: Days): string {
  if (from !== undefined && to !== undefined) return `, ${days({ from, to })}`;
  if (from !== undefined) return `, since ${longDay(from)}`;
  return to === undefined ? '' : `, until ${longDay(to)}`;
}
