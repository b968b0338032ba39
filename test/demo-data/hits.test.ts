import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeHit } from '../../src/protocol/encode.js';
import { decodeQuery } from '../../src/protocol/decode.js';
import { interpret } from '../../src/protocol/interpret.js';
import { DATED, HIT_ID, KEY, NAME, PERSON, TIME, type Path } from '../../src/protocol/parameters.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { Calendar } from '../../src/demo-data/calendar.js';
import { demoHits, HITS, PEOPLE } from '../../src/demo-data/hits.js';
import { visitor } from '../../src/demo-data/visitor.js';
import { peopleOf, type People } from './people.js';
import { eachNth } from '../support/long.js';

const DAY = 86_400;
/** Friday, 27 November 2026, 16:30 UTC. */
const MOMENT = 1_795_797_000;
/** The events by day, counted from today. */
const BROKEN_CHECKOUT = [4, 5];
const LAUNCH = 20;

let hits: ArrivedHit[];
let people: People;
beforeAll(() => {
  hits = [...demoHits(MOMENT)];
  people = peopleOf(hits);
});

const daysAgo = (time: number): number => Math.floor((MOMENT - (MOMENT % DAY) + DAY - 1 - time) / DAY);
const isEvent = (name: string) => (entry: ArrivedHit) => entry.hit.name === name && entry.hit.kind === 'event';
const valueOf = ({ hit }: ArrivedHit, name: string) => hit.properties.find(([property]) => property === name)?.[1];

/** The number of hits of an event for each day. */
function byDay(event: string): number[] {
  const days = new Array<number>(90).fill(0);
  for (const entry of hits.filter(isEvent(event))) days[daysAgo(entry.hit.time)]! += 1;
  return days;
}

/** Of the people with one value of a property, the share who did the event. */
function shareOf(property: string, value: string, event: string, of = people): { share: number; people: number } {
  const all = of.with(property, value);
  const who = of.who(event);
  return { share: [...all].filter((person) => who.has(person)).length / all.size, people: all.size };
}

/** The difference of two shares, in standard errors. */
function apart(one: { share: number; people: number }, other: { share: number; people: number }): number {
  const both = (one.share * one.people + other.share * other.people) / (one.people + other.people);
  return (other.share - one.share) / Math.sqrt(both * (1 - both) * (1 / one.people + 1 / other.people));
}

test('the hits are the same each time, and a week later the same a week later', () => {
  const digest = (entries: readonly ArrivedHit[], back = 0): string => {
    const hash = createHash('sha256');
    for (const { hit, received, agent } of entries)
      hash.update(
        `${received - back} ${hit.time - back} ${hit.person} ${hit.name} ${agent} ${hit.properties.join('\n')}\n`,
      );
    return hash.digest('hex');
  };
  expect(digest([...demoHits(MOMENT)])).toBe(digest(hits));
  const ids = new Set(hits.map(({ hit }) => hit.id));
  expect(ids.size).toBe(hits.length);
  const later = [...demoHits(MOMENT + 7 * DAY)];
  expect(digest(later, 7 * DAY)).toBe(digest(hits));
  expect(later.filter(({ hit }) => ids.has(hit.id))).toEqual([]);
});

test.each(eachNth([1, 3, 5, 6], 4))('%i days later there are as many people, and about as many hits', (days) => {
  // Also at another hour: in the first minute of a day, and in the last one.
  const hour = days === 5 ? 60 : days === 6 ? DAY - 60 : days * 10_000;
  const moment = MOMENT - (MOMENT % DAY) + days * DAY + hour;
  const entries = [...demoHits(moment)];
  const then = peopleOf(entries);
  expect(then.count).toBe(PEOPLE);
  expect(Math.abs(entries.length / HITS - 1)).toBeLessThan(0.03);
  expect(entries.filter(({ received }) => received > moment)).toEqual([]);
  expect(
    new Set(entries.filter(({ received }) => received > moment - 300).map(({ hit }) => hit.person)).size,
  ).toBeGreaterThan(4);

  const [hidden, shown] = ['Hidden', 'Shown'].map((value) => shareOf('Shipping Note', value, 'Ordered', then));
  expect(shown!.share / hidden!.share).toBeGreaterThan(1.18);
  expect(apart(hidden!, shown!)).toBeGreaterThan(2.6);
  const [window, kettle] = ['Window', 'Kettle'].map((value) => shareOf('Headline', value, 'Ordered', then));
  expect(Math.abs(apart(window!, kettle!))).toBeLessThan(1);
});

test('each hit is what a collector makes of the tracker’s request', () => {
  const paths: Record<string, Path> = { event: '/e', properties: '/s', alias: '/a' };
  for (const [at, { hit, received }] of hits.entries()) {
    if (at % 50 && hit.kind !== 'alias') continue;
    const { key, person, name, time, id, properties } = hit;
    const fields = { [KEY]: key, [PERSON]: person, [TIME]: time, [HIT_ID]: id, ...(name !== null && { [NAME]: name }) };
    const [path, query] = encodeHit(paths[hit.kind]!, { ...fields, ...Object.fromEntries(properties) }).split('?');
    expect(interpret(path as Path, decodeQuery(query!), received)).toEqual(hit);
    expect(interpret(path as Path, decodeQuery(`${query}&${DATED}=1`), MOMENT)).toEqual(hit);
  }
});

test('no person has only a part of a sign-in, whenever the data ends', () => {
  const calendar = new Calendar(MOMENT - (MOMENT % DAY) + DAY - 1);
  const count = 9000;
  let cut = 0;
  for (let number = 0; number < count; number++) {
    const first = calendar.arrival(number / count);
    const life = [...visitor(number, first, calendar)].filter(({ at }) => at < calendar.moment);
    // A second browser that gets its name today.
    const alias = life.findLast(({ entry: { hit } }) => hit.kind === 'alias');
    const begun = life.find(({ entry: { hit } }) => hit.person === alias?.entry.hit.person);
    const isFirst = alias && life.find(({ entry: { hit } }) => hit.kind === 'alias') === alias;
    if (!alias || isFirst || begun!.at < calendar.today) continue;
    cut += 1;
    const moment = Math.ceil(begun!.at) + 1;
    const until = [...visitor(number, first, new Calendar(moment))].filter(({ at }) => at <= moment);
    expect(peopleOf(until.map(({ entry }) => entry)).count).toBe(1);
  }
  expect(cut).toBeGreaterThan(0);
});

test('the ids of a visitor on one day are in the order in which the hits were pushed', () => {
  const last = new Map<string, string>();
  const before = (person: string, id: string): boolean => {
    const isLater = (last.get(person) ?? '') < id;
    last.set(person, id);
    return isLater;
  };
  const ofBrowsers = hits.filter(({ agent, hit }) => agent === 'browser' && !hit.person.includes('@'));
  expect(ofBrowsers.filter(({ hit }) => !before(hit.person, hit.id!)).map(({ hit }) => hit.id)).toEqual([]);
  expect(last.size).toBeGreaterThan(1000);
});

test('the hits are in the order of their times, over ninety days', () => {
  expect(people.count).toBe(PEOPLE);
  expect(hits.every(({ received }, at) => at === 0 || received >= hits[at - 1]!.received)).toBe(true);
  expect(hits.every(({ hit, received }) => hit.time === received && hit.sent === received)).toBe(true);
  expect(daysAgo(hits[0]!.received)).toBe(89);
  expect(MOMENT - hits.at(-1)!.received).toBeLessThan(120);
  for (const day of byDay('Page View')) expect(day).toBeGreaterThan(100);
});

describe('the shop', () => {
  test('has bots, staff and a server besides its visitors', () => {
    const bots = new Set(hits.filter(({ agent }) => agent === 'bot').map(({ hit }) => people.of(hit.person)));
    expect(bots.size).toBe(300);
    expect(hits.filter(({ hit, agent }) => agent !== 'bot' && bots.has(people.of(hit.person)))).toEqual([]);
    const ofServer = hits.filter(({ agent }) => agent === 'server').map(({ hit }) => hit.name);
    expect(new Set(ofServer)).toEqual(new Set(['Billed', 'Canceled', 'Upgraded', 'Downgraded']));
    const names = new Set(hits.map(({ hit }) => hit.person).filter((person) => person.includes('@')));
    expect([...names].filter((name) => name.endsWith('@kettleandleaf.example.com'))).toHaveLength(6);
    for (const name of names) expect(name).toMatch(/^[a-z.]+\d*@(kettleandleaf\.)?example\.(com|org|net)$/);
  });

  test('has people with several devices, and names in many languages', () => {
    const identities = [...people.identities.values()];
    expect(identities.filter((names) => names.length > 2).length).toBeGreaterThan(100);
    expect(identities.every((names) => names.filter((name) => name.includes('@')).length < 2)).toBe(true);
    const names = hits.map((entry) => valueOf(entry, 'Name') ?? '').join(' ');
    for (const script of [
      /\p{sc=Arab}/u,
      /\p{sc=Hebr}/u,
      /\p{sc=Han}/u,
      /\p{sc=Hang}/u,
      /é|ü|ż/,
      /\p{Extended_Pictographic}/u,
    ]) {
      expect(names).toMatch(script);
    }
  });

  test('has regular weeks and days, growth, and a new tea that many people looked at', () => {
    const visits = byDay('Visited Site');
    const sum = (from: number, to: number) => visits.slice(from, to).reduce((all, day) => all + day, 0);
    // The days from Monday to Sunday of the week before last.
    const week = visits.slice(5, 12).reverse();
    expect(Math.min(...week)).toBe(week[5]);
    expect(sum(22, 50) / sum(50, 78)).toBeGreaterThan(1.05);
    expect(visits[LAUNCH]! / visits[LAUNCH + 7]!).toBeGreaterThan(1.8);
    const first = hits.find((entry) => valueOf(entry, 'Product') === 'Midnight Rooibos')!;
    expect(daysAgo(first.hit.time)).toBe(LAUNCH);
    const atNight = hits.filter(({ hit }) => hit.time % DAY < 6 * 3600).length;
    expect(atNight / hits.length).toBeLessThan(0.06);
  });

  test('had a checkout that did not work for two days', () => {
    const orders = byDay('Ordered');
    for (const day of BROKEN_CHECKOUT) expect(orders[day]).toBeLessThan(5);
    const carts = byDay('Viewed Cart');
    for (const day of BROKEN_CHECKOUT) expect(carts[day]).toBeGreaterThan(15);
  });

  test('had a campaign that led to many visitors and few orders, and a newsletter that led to few visitors and many orders', () => {
    const campaign = shareOf('Campaign Name', 'cosy-evenings', 'Ordered');
    const letter = shareOf('Campaign Medium', 'email', 'Ordered');
    expect(campaign.people).toBeGreaterThan(1.8 * letter.people);
    expect(letter.share).toBeGreaterThan(10 * campaign.share);
  });

  test('has plans that people keep longer, the more they pay', () => {
    const stays = ['Just looking', 'One tin a month', 'Two tins a month'].map((plan) => {
      const signedUp = hits.filter((entry) => isEvent('Signed Up')(entry) && valueOf(entry, 'Plan Name') === plan);
      const old = new Map(signedUp.map(({ hit }) => [people.of(hit.person), hit.time + 30 * DAY]));
      const back = hits.filter(
        ({ hit, agent }) => agent === 'browser' && hit.time > (old.get(people.of(hit.person)) ?? Infinity),
      );
      return new Set(back.map(({ hit }) => people.of(hit.person))).size / old.size;
    });
    expect(stays[1]).toBeGreaterThan(stays[0]! + 0.05);
    expect(stays[2]).toBeGreaterThan(stays[1]! + 0.05);
    expect(people.who('Canceled').size).toBeGreaterThan(40);
    expect(people.who('Billed').size).toBeGreaterThan(350);
  });
});
