import type { Condition, OrderedCondition } from '../protocol/reports.js';

/** People who did the first of two events, and after it never the second one: who never came back, or have not paid yet. */
export const thenNever = (inOrder: OrderedCondition[]): Condition => ({ all: [inOrder[0]!, { not: { inOrder } }] });

/** The two events of such a condition; undefined for another one. An address may contain any. */
export function orderOfNever(condition: object): OrderedCondition[] | undefined {
  const inOrder = (condition as { all?: { not?: { inOrder?: OrderedCondition[] } }[] }).all?.[1]?.not?.inOrder;
  return inOrder?.length === 2 && JSON.stringify(thenNever(inOrder)) === JSON.stringify(condition)
    ? inOrder
    : undefined;
}
