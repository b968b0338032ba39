import type { Days } from '../../../src/protocol/reports.js';
import { isEvent, isWithin, valueIn } from './world.js';
import type { OwnHit, Person, World } from './world.js';

const CLICK_IDS = [
  ...['gclid', 'gbraid', 'wbraid', 'dclid', 'gad_source', 'gad_campaignid', 'srsltid', 'fbclid', 'msclkid', 'ttclid'],
  ...['twclid', 'yclid', 'li_fat_id', 'igshid', 'igsh', 'mc_cid', 'mc_eid', '_hsenc', '_hsmi', '_gl'],
];

/** The pages that a person saw on some days, one for each view. A site without page views has the first page of each visit. */
export function pagesSeen(person: Person, days: Days, world: World): string[] {
  const addresses = (hits: OwnHit[], event: string, property: string): string[] =>
    hits
      .filter((hit) => isWithin(hit, days, world) && isEvent(hit, event))
      .map((hit) => valueIn(hit, property))
      .filter((value) => value !== undefined);
  const all = world.hits.map((hit) => ({ ...hit, customer: '' }));
  const hasViews = addresses(all, 'Page View', 'Viewed URL').length > 0;
  return (
    hasViews ? addresses(person.hits, 'Page View', 'Viewed URL') : addresses(person.hits, 'Visited Site', 'URL')
  ).map(pageOf);
}

/** An address without the parameters of campaigns and click ids. */
export function pageOf(address: string): string {
  const [, before, query, fragment] = /^([^?#]*)(?:\?([^#]*))?(#[^]*)?$/.exec(address)!;
  if (query === undefined) return address;
  const parameters = query.split('&');
  const kept = parameters.filter((parameter) => {
    const [name, value] = [parameter.split('=', 1)[0]!.toLowerCase(), parameter.includes('=')];
    return !(value && (name.startsWith('utm_') || CLICK_IDS.includes(name)));
  });
  if (kept.length === parameters.length) return address;
  return before! + (kept.length ? `?${kept.join('&')}` : '') + (fragment ?? '');
}
