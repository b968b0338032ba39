import { nanoid } from 'nanoid';
import { ANONYMOUS_COOKIE, NAMED_COOKIE } from '../../protocol/cookies.js';
import { onElement } from '../clicks.js';
import { alias } from '../commands/alias.js';
import { identify } from '../commands/identify.js';
import { currentId } from '../identity.js';
import { hostOf, parametersOf, takeFromAddress } from '../page/address.js';
import { setting } from '../page/globals.js';
import { permission } from '../page/permission.js';
import { keep, recall } from '../page/storage.js';

/** How long a link carries somebody: a slow page may take as long to arrive. */
const LINK_LIFE_MS = 120_000;

/** The one of the site's domains that a host belongs to. */
function domainOf(host: string): string | undefined {
  return setting('KM_DOMAINS', Array)?.find(
    (domain) => typeof domain == 'string' && ('.' + host).endsWith('.' + domain),
  );
}

/** Before any command runs, so that it is about the right person. */
export function crossDomain(): void {
  if (!setting('KM_DOMAINS', Array)) return;
  welcomeVisitor();
  onElement('click', ':any-link', 'carries', (link) => {
    if (leadsAway(link as HTMLAnchorElement)) carryVisitor(link as HTMLAnchorElement);
  });
}

function leadsAway({ hostname }: HTMLAnchorElement): unknown {
  const domain = domainOf(hostname);
  return domain && domain != domainOf(location.hostname) && permission();
}

/**
 * Links to the site's other domains carry the visitor along, who is another person there otherwise. Only a
 * visitor's click makes such a link, and the address is put back: what is copied from the page carries nobody.
 * The parameter is none of the URL API, which would make it a property.
 */
function carryVisitor(link: HTMLAnchorElement): void {
  const { href } = link;
  const named = recall(NAMED_COOKIE);
  const id = named ? nanoid() : currentId();
  // Names, e-mail addresses often, have no place in an address: an id of this click's own stands for them.
  if (named) alias(id, named);
  link.search += '&_kmx=' + encodeURIComponent([+!!named, Date.now(), id].join('.'));
  setTimeout(() => (link.href = href));
}

/**
 * Takes over a visitor who comes from another of the site's domains, unless someone is named here. The
 * address is theirs for two minutes and only behind a link of these domains: copied, it merges no strangers.
 */
function welcomeVisitor(): void {
  const [named, time, id] = (parametersOf().get('_kmx') || '').split('.');
  if (!id) return;
  takeFromAddress(/^_kmx=/);
  if (Math.abs(Date.now() - +time!) < LINK_LIFE_MS && domainOf(hostOf()) && !recall(NAMED_COOKIE)) {
    if (+named!) identify(id);
    else {
      alias(recall(ANONYMOUS_COOKIE), id);
      keep(ANONYMOUS_COOKIE, id);
    }
  }
}
