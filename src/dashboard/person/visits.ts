import type { PersonEvent } from '../../protocol/api.js';
import type { Visit } from '../../protocol/visits.js';
import { dayOf } from './days.js';

/** Events that are shown together: those of a visit, or those between visits, which servers have sent. */
export interface Part {
  visit?: Visit;
  /** Newest first. */
  events: PersonEvent[];
}

export interface Day {
  day: string;
  parts: Part[];
}

/** @param events newest first @param visits oldest first @returns newest first. A visit belongs to the day on which it began */
export function daysOf(events: readonly PersonEvent[], visits: readonly Visit[]): Day[] {
  const days: Day[] = [];
  let at = visits.length - 1;
  let part: Part | undefined;
  for (const event of events) {
    while (at >= 0 && visits[at]!.from > event.time) at -= 1;
    const visit = at >= 0 && event.time <= visits[at]!.to ? visits[at] : undefined;
    const day = dayOf(visit ? visit.from : event.time);
    if (days.at(-1)?.day !== day) days.push({ day, parts: [] });
    const { parts } = days.at(-1)!;
    part = parts.at(-1);
    if (part?.visit !== visit || !part) parts.push((part = { ...(visit && { visit }), events: [] }));
    part.events.push(event);
  }
  return days;
}
