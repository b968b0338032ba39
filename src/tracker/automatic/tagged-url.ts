import { identify } from '../commands/identify.js';
import { record } from '../commands/record.js';
import { parametersOf, takeFromAddress } from '../page/address.js';
import { setting } from '../page/globals.js';

/** Names that begin with `km` or `km_` (docs/reference.md#6.1), except the tracker's own `km_debug`. */
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
  // Parameters whose names are percent-encoded stay in the address bar: no link builder makes such names.
  if (setting('KM_CLEAN_URL')) takeFromAddress(/^km_?./);
}
