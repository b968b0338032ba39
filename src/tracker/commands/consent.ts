import { flush } from '../delivery/delivery.js';
import { choice, choose, permission, type Choice } from '../page/permission.js';
import { removeAll, settle } from '../page/storage.js';

/**
 * `consent('granted' | 'denied')`: what the visitor answered. Hits that have waited go out in their order, or
 * are forgotten with all that is stored. It is remembered for a year, and does not overrule `optOut`.
 * @throws TypeError for another word
 */
export function consent(answer: 'granted' | 'denied'): void {
  if (answer != 'granted' && answer != 'denied') throw TypeError('consent takes granted or denied');
  if (!/^(in|out)$/.test(choice()!)) decide(answer);
}

/** `optOut()`: this visitor does not want to be tracked, whatever the page is told later. */
export function optOut(): void {
  decide('out');
}

/** `optIn()`: takes `optOut` back, and overrules a signal of the browser. */
export function optIn(): void {
  decide('in');
}

function decide(made: Choice): void {
  choose(made);
  if (permission()) settle();
  else removeAll();
  flush();
}
