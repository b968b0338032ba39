import { REFUSAL_CHARACTERS } from '../../protocol/limits.js';
import type { Reason } from '../../protocol/reasons.js';
import type { ArrivedRefusal } from '../store/store.js';

/**
 * The refusal of a request, for the owner's Live.
 * @param key null where the request named none
 * @param request as it came
 * @param received Unix seconds
 */
export function refuse(key: string | null, reason: Reason, request: string, received: number): ArrivedRefusal {
  return { refusal: { key, received, reason, request: request.slice(0, REFUSAL_CHARACTERS) } };
}
