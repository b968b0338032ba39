import { flush } from '../delivery/delivery.js';
import { choice, choose, permission, type Choice } from '../page/permission.js';
import { removeAll, settle } from '../page/storage.js';

/**
 * `consent('granted' | 'denied')`: the visitor's answer. After `granted`, hits that have waited are sent in their order; after
 * `denied`, they are removed with all that is stored. The answer is remembered for a year. After `optOut` or `optIn` it is ignored.
 * @throws TypeError for any other word
 */
export function consent(answer: 'granted' | 'denied'): void {
  if (answer != 'granted' && answer != 'denied') throw TypeError('consent takes granted or denied');
  if (!/^(in|out)$/.test(choice()!)) decide(answer);
}

/** `optOut()`: this visitor does not want to be tracked. A later `consent` does not change that. */
export function optOut(): void {
  decide('out');
}

/** `optIn()`: withdraws `optOut`, and overrides the browser's Do Not Track and Global Privacy Control. */
export function optIn(): void {
  decide('in');
}

function decide(made: Choice): void {
  choose(made);
  if (permission()) settle();
  else removeAll();
  flush();
}
