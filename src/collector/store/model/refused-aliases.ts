import { encodeHit } from '../../../protocol/encode.js';
import { HIT_ID, KEY, NAME, PERSON, TIME } from '../../../protocol/parameters.js';
import type { Reason } from '../../../protocol/reasons.js';
import type { ArrivedHit, Refusal } from '../store.js';

/** Why a store refuses an alias that would make a person of more than IDENTITIES_OF_A_PERSON. */
export const TOO_MANY_IDENTITIES: Reason = ['too-many-identities'];

/** The refusal of such an alias, for the site's owner. The original request is not stored, so this makes an equivalent one. */
export function refusalOf({ hit, received }: ArrivedHit): Refusal {
  const { key, person, name, sent, id } = hit;
  const fields: Record<string, unknown> = { [KEY]: key, [PERSON]: person, [NAME]: name };
  if (sent !== null) fields[TIME] = sent;
  if (id !== null) fields[HIT_ID] = id;
  return { key, received, reason: TOO_MANY_IDENTITIES, request: encodeHit('/a', fields) };
}
