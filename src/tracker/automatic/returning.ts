import { NAMED_COOKIE } from '../../protocol/cookies.js';
import { set } from '../commands/set.js';
import { keep, recall } from '../page/storage.js';
import { ts } from '../time.js';

const LAST_VISIT = 'km_lv';
/** After the visitor has returned once, this is not checked again. */
const KNOWN = 'x';
const HALF_AN_HOUR_SECONDS = 1800;

let isNamed: unknown;

/** Called before any command runs: a visitor returns if they had a name before this page, not if this page names them. */
export function noteReturning(): void {
  isNamed = recall(NAMED_COOKIE);
}

/** The property `Returning`, once in each browser (docs/reference.md#5.3). */
export function returning(): void {
  const last = recall(LAST_VISIT);
  if (last == KNOWN) return;
  const isBack = last ? ts() - +last >= HALF_AN_HOUR_SECONDS : isNamed;
  if (isBack) set({ Returning: 1 });
  keep(LAST_VISIT, isBack ? KNOWN : '' + ts());
}
