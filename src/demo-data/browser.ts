import type { AcceptedHit, Kind } from '../protocol/interpret.js';
import { createHitId } from '../protocol/hit-id.js';
import type { Agent, ArrivedHit } from '../collector/store/store.js';
import type { Random } from './random.js';
import { SHOP } from './shop.js';
import type { Arrival } from './sources.js';

/** The site of the demo shop. */
export const SITE = 'demo';

/** A hit, and the time of its push: Unix seconds with a fraction. */
export interface Pushed {
  at: number;
  entry: ArrivedHit;
}

export type Properties = Record<string, string | number>;

const HALF_AN_HOUR = 1800;
const ANONYMOUS_CHARACTERS = 21;
const RANDOM_CHARACTERS = 10;

/** Parameters of a tagged link, and the property of each, in the tracker's order. */
const CAMPAIGN: Record<string, string> = {
  utm_source: 'Campaign Source',
  utm_medium: 'Campaign Medium',
  utm_campaign: 'Campaign Name',
  utm_term: 'Campaign Terms',
  utm_content: 'Campaign Content',
};

export interface Sender {
  person: string;
  agent: Agent;
  /** How many hits the sender has made before this one. */
  count: number;
  random: Random;
}

/** A hit as the collector stores it if it arrives in the same second. */
export function pushed(
  at: number,
  kind: Kind,
  name: string | null,
  properties: Properties,
  { person, agent, count, random }: Sender,
): Pushed {
  const time = Math.round(at);
  const hit: AcceptedHit = {
    ...{ kind, key: SITE, person, name, time, sent: time },
    id: createHitId(Math.floor(at * 1000), count, random.id(RANDOM_CHARACTERS)),
    properties: Object.entries(properties).map(([property, value]) => [property, String(value)]),
    warnings: [],
  };
  return { at, entry: { hit, received: time, agent } };
}

/** A browser with the tracker: the visitor's identity in it, and the events that the tracker records automatically. */
export class Browser {
  url = SHOP;
  private anonymous: string | undefined;
  private named: string | undefined;
  private count = 0;
  private visitUntil = 0;
  private lastPage: number | 'x' | undefined;

  constructor(
    private readonly random: Random,
    private readonly agent: Agent = 'browser',
  ) {}

  get isNamed(): boolean {
    return this.named !== undefined;
  }

  /** Loads a page: the events that the tracker records automatically. @param arrival given if the visitor came from another site */
  *open(at: number, page: string, arrival?: Arrival): Generator<Pushed> {
    const referrer = arrival ? (arrival.referrer ?? 'Direct') : this.url;
    this.url = addressOf(page, arrival);
    this.count = 0;
    yield this.record(at, 'Page View', { 'Viewed URL': this.url, Referrer: referrer });
    if (at > this.visitUntil) yield this.record(at, 'Visited Site', { URL: this.url, Referrer: referrer });
    this.visitUntil = at + HALF_AN_HOUR;
    if (arrival?.referrer !== undefined) yield this.set(at, { Referrer: referrer });
    if (arrival?.search && !arrival.campaign?.gclid) yield this.record(at, 'Search Engine Hit', found(arrival));
    if (arrival?.campaign) yield this.record(at, 'Ad Campaign Hit', this.campaignOf(arrival));
    yield* this.noteReturning(at);
  }

  record(at: number, name: string, properties: Properties = {}): Pushed {
    return this.push(at, 'event', name, properties);
  }

  set(at: number, properties: Properties): Pushed {
    return this.push(at, 'properties', null, properties);
  }

  /** Names the visitor of this browser. */
  identify(at: number, name: string): Pushed {
    const alias = this.push(at, 'alias', name, {});
    this.named = name;
    return alias;
  }

  signOut(): void {
    this.named = this.anonymous = undefined;
  }

  private *noteReturning(at: number): Generator<Pushed> {
    if (this.lastPage === 'x') return;
    const isBack = this.lastPage !== undefined && at - this.lastPage >= HALF_AN_HOUR;
    if (isBack) yield this.set(at, { Returning: 1 });
    this.lastPage = isBack ? 'x' : at;
  }

  private campaignOf(arrival: Arrival): Properties {
    const properties: Properties = {};
    for (const [parameter, property] of Object.entries(CAMPAIGN)) {
      const value = arrival.campaign![parameter];
      if (value !== undefined) properties[property] = value;
    }
    return { ...properties, ...(arrival.campaign!.gclid !== undefined && found(arrival)), URL: this.url };
  }

  private push(at: number, kind: Kind, name: string | null, properties: Properties): Pushed {
    this.anonymous ??= this.random.id(ANONYMOUS_CHARACTERS);
    const { agent, random } = this;
    const person = kind === 'alias' ? this.anonymous : (this.named ?? this.anonymous);
    return pushed(at, kind, name, properties, { person, agent, count: this.count++, random });
  }
}

function found({ search }: Arrival): Properties {
  return search ? { 'Search Engine': search.engine, 'Search Terms': search.terms } : {};
}

function addressOf(page: string, arrival: Arrival | undefined): string {
  const tags = new URLSearchParams(arrival?.campaign).toString();
  return SHOP + page + (tags && (page.includes('?') ? '&' : '?') + tags);
}
