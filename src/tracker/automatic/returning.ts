import { set } from '../commands/set.js';
import { NAMED } from '../identity.js';
import { keep, recall } from '../page/storage.js';
import { ts } from '../time.js';

const LAST_VISIT = 'km_lv';
/** Found returning once, a browser is never asked again. */
const KNOWN = 'x';
const HALF_AN_HOUR = 1800;

/** The property `Returning`, once a browser (reference section 5.3). */
export function returning(): void {
  const last = recall(LAST_VISIT);
  if (last == KNOWN) return;
  const isBack = last ? ts() - +last >= HALF_AN_HOUR : recall(NAMED);
  if (isBack) set({ Returning: 1 });
  keep(LAST_VISIT, isBack ? KNOWN : '' + ts());
}
