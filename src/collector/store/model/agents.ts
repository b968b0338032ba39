import { hasMoment } from '../../../protocol/hit-id.js';
import type { Agent } from '../store.js';

/** Agents by the number under which the stores keep them. */
export const AGENTS: readonly Agent[] = ['browser', 'bot', 'server'];

/**
 * The agent with a number. Hits of older versions have no number: those with an id of the tracker's form count as a browser's.
 * @param id of the hit
 */
export function agentIn(number: unknown, id: string | null): Agent {
  return AGENTS[number as number] ?? (hasMoment(id ?? undefined) ? 'browser' : 'server');
}
