import { percentEncode } from '../../protocol/encode.js';
import type { Query } from '../../protocol/decode.js';
import { REFUSAL_CHARACTERS } from '../../protocol/limits.js';
import type { Path } from '../../protocol/parameters.js';
import type { Reason } from '../../protocol/reasons.js';
import type { ArrivedRefusal } from '../store/store.js';

/** So much of a reason's detail is kept: a header may be a megabyte long. */
const DETAIL_CHARACTERS = 255;

/**
 * The refusal of a request, for the owner's Live.
 * @param key null if the request named none, or one that is not accepted
 * @param request path and query as they arrived
 * @param received Unix seconds
 */
export function refuse(
  key: string | null,
  [code, ...details]: Reason,
  request: string,
  received: number,
): ArrivedRefusal {
  const reason: Reason = [code, ...details.map((detail) => cut(detail, DETAIL_CHARACTERS))];
  return { refusal: { key, received, reason, request: cut(request, REFUSAL_CHARACTERS) } };
}

/** The URL that a hit from a form or a JSON body would have, cut at the length that is shown. */
export function addressOf(path: Path, { pairs }: Query): string {
  let address = `${path}?`;
  for (const [name, value] of pairs) {
    if (address.length > REFUSAL_CHARACTERS) break;
    const sent = [name, value].map((text) => percentEncode(cut(text, REFUSAL_CHARACTERS)));
    address += `${address.endsWith('?') ? '' : '&'}${sent.join('=')}`;
  }
  return address;
}

function cut(text: string, characters: number): string {
  return text.slice(0, characters).toWellFormed();
}
