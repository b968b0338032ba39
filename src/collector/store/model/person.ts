import type { Person, PersonEvent, PropertyValue } from '../../../protocol/api.js';
import { OCCURRENCES } from '../../../protocol/limits.js';
import { foldName } from '../../../protocol/text.js';
import { visitsOf } from '../../../protocol/visits.js';
import { inOrderOfPush } from './order.js';
import { summarize, type IdentitySeen } from './summary.js';
import { obeysTheSecond } from './counting.js';
import type { Agent, Counting, StoredHit } from '../store.js';

/**
 * Assembles a person from the hits of all their identities (docs/reference.md#8.2).
 * @param identities oldest first
 * @param hits the hits of all these identities, oldest first
 * @param partial whether there are older hits
 */
export function assemblePerson(
  identities: IdentitySeen[],
  hits: StoredHit[],
  counting: Counting,
  partial: boolean,
): Person {
  const events: PersonEvent[] = [];
  const histories = new Map<string, History>();
  const browsed: number[] = [];
  const agents = new Set<Agent>();
  for (const hit of inOrderOfPush(hits)) {
    if (hit.kind === 'alias') continue;
    agents.add(hit.agent);
    if (hit.agent === 'browser') browsed.push(hit.time);
    // An event that repeats another one does not count, but its properties do.
    if (hit.kind === 'event' && !hit.duplicate) {
      events.push({ name: hit.name!, time: hit.time, properties: Object.fromEntries(hit.properties) });
    }
    for (const [name, value] of hit.properties) {
      const folded = foldName(name);
      let history = histories.get(folded);
      if (!history) histories.set(folded, (history = { name, values: [], seconds: new Map() }));
      addValue(history, value, hit, counting);
    }
  }
  const summary = summarize(identities);
  return {
    identities: summary.identities,
    customerIds: summary.customerIds,
    properties: Object.fromEntries(
      [...histories.values()].map(({ name, values }) => [name, values.slice(-OCCURRENCES)]),
    ),
    events: latestOfEachName(events),
    visits: visitsOf(browsed),
    // As reports count bots: aliases are not hits there either.
    ...(agents.size === 1 && agents.has('bot') && { bot: true }),
    ...(partial && { partial }),
  };
}

interface History {
  /** The first spelling of the name; names that differ in case are the same property. */
  name: string;
  values: PropertyValue[];
  /** The value of each identity and second, for the reference's rule. */
  seconds: Map<string, PropertyValue>;
}

/** Adds a value. Of several values of one property, one identity and one second, the reference's rule keeps the last (8.4). */
function addValue(history: History, value: string, hit: StoredHit, counting: Counting): void {
  const entry = { value, time: hit.time };
  if (hit.sent !== null && obeysTheSecond(hit, counting)) {
    const second = `${hit.sent} ${hit.person}`;
    const earlier = history.seconds.get(second);
    if (earlier) {
      earlier.value = value;
      return;
    }
    history.seconds.set(second, entry);
  }
  history.values.push(entry);
}

function latestOfEachName(events: PersonEvent[]): PersonEvent[] {
  const counts = new Map<string, number>();
  return events
    .reverse()
    .filter(({ name }) => {
      const folded = foldName(name);
      const count = (counts.get(folded) ?? 0) + 1;
      counts.set(folded, count);
      return count <= OCCURRENCES;
    })
    .reverse();
}
