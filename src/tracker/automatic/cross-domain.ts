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

/** How long the parameter of a link is valid: a slow page may take this long to load. */
const LINK_LIFE_MS = 120_000;

/**
 * Whether hosts belong to the same domain of the site. An owner may have named a domain with `www.`: then the host without it belongs
 * to it, too, since `hostOf` removes it from a referrer. An owner may also have named a subdomain of another of the domains.
 */
function shareDomain(...hosts: string[]): boolean | undefined {
  return setting('KM_DOMAINS', Array)?.some(
    (domain) => typeof domain == 'string' && hosts.every((host) => ('.www.' + host).endsWith('.' + domain)),
  );
}

/** Called before any command runs, so that commands have the right person. */
export function crossDomain(): void {
  if (!setting('KM_DOMAINS', Array)) return;
  welcomeVisitor();
  onElement('click', ':any-link', 'carries', (link) => {
    if (leadsAway(link as HTMLAnchorElement)) carryVisitor(link as HTMLAnchorElement);
  });
}

function leadsAway({ hostname }: HTMLAnchorElement): unknown {
  return shareDomain(hostname) && !shareDomain(hostname, location.hostname) && permission();
}

/**
 * Adds the visitor's id to a link to another domain of the site, where they would otherwise be a new person. Only a
 * visitor's click adds the parameter, and afterwards it is removed: a link that is copied from the page identifies nobody.
 * The name `_kmx` does not begin with `km`: the URL API would make a property of such a parameter.
 */
function carryVisitor(link: HTMLAnchorElement): void {
  const { href } = link;
  const named = recall(NAMED_COOKIE);
  const id = named ? nanoid() : currentId();
  // A name, often an e-mail address, must not be in a URL: a new id for this click stands for the name.
  if (named) alias(id, named);
  link.search += '&_kmx=' + encodeURIComponent([+!!named, Date.now(), id].join('.'));
  setTimeout(() => (link.href = href));
}

/**
 * Recognises a visitor who comes from another domain of the site, unless the visitor has a name here. The parameter is valid
 * for two minutes, and only if the referrer is one of these domains: so a copied URL does not merge strangers.
 */
function welcomeVisitor(): void {
  const [named, time, id] = (parametersOf().get('_kmx') || '').split('.');
  if (!id) return;
  takeFromAddress(/^_kmx=/);
  if (Math.abs(Date.now() - +time!) < LINK_LIFE_MS && shareDomain(hostOf()) && !recall(NAMED_COOKIE)) {
    if (+named!) identify(id);
    else {
      alias(recall(ANONYMOUS_COOKIE), id);
      keep(ANONYMOUS_COOKIE, id);
    }
  }
}
