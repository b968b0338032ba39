import { identify } from '../commands/identify.js';
import { record } from '../commands/record.js';
import { parametersOf, takeFromAddress } from '../page/address.js';
import { setting } from '../page/globals.js';

/** Names that begin with km, an underscore after it or not (docs/reference.md#6.1); km_debug is the tracker's own. */
const TAG = /^km(?!_debug$)_?(.+)/;

/**
 * The URL API: `kme` is an event, `kmi` an identity, `km_<Name>` a property. The identity is applied first;
 * properties without an event are set.
 */
export function taggedUrl(): void {
  const tags: Record<string, string> = {};
  parametersOf().forEach((value, name) => {
    const tag = TAG.exec(name)?.[1];
    if (tag) tags[tag] = value;
  });
  const { e: event, i: identity, ...properties } = tags;
  if (identity) identify(identity);
  record(event, properties);
  // A name with escapes was not made by a link builder.
  if (setting('KM_CLEAN_URL')) takeFromAddress(/^km_?./);
}
