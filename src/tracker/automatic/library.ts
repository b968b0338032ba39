import { record } from '../commands/record.js';
import { trackClick, trackSubmit } from '../commands/track.js';
import { guard } from '../guard.js';
import { setting } from '../page/globals.js';
import { urlMatches, urlMatchesRegex } from '../patterns.js';

/** The Event Library: events that the owner set up outside the page, evaluated once (docs/reference.md#6.3). */
export function eventLibrary(): void {
  for (const rule of setting('KM_LIBRARY', Array) || []) {
    guard(() => {
      const { type, match, event } = rule;
      if (type == 'click') trackClick(match, event);
      else if (type == 'submit') trackSubmit(match, event);
      else if (type == 'regex' ? urlMatchesRegex(match) : urlMatches(match)) record(event);
    });
  }
}
