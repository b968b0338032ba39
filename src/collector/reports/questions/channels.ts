import sql, { join, raw, type Sql } from 'sql-template-tag';
import { propertyIn } from './properties.js';
import type { Scope } from './report.js';

/** Where a visit came from: by the medium of a tagged link, else an advertisement, a search engine, another site, or nothing of it. */

/** Media by what they are written as, in lower case; any other is a channel of its own. */
export const MEDIA = {
  Paid: ['cpc', 'cpm', 'display', 'cpv', 'cpa', 'cpp', 'ppc'],
  Email: ['email', 'e-mail'],
  Organic: ['organic', 'search'],
  Social: ['social', 'social-network', 'social-media', 'sm', 'social network', 'social media'],
};

/** Hosts without `www.`. They are the engines of the tracker (tracker/automatic/search-engine.ts), and the app of one. */
export const SEARCH_ENGINES =
  '^(([^.][^.]?[.])?(google|bing|duckduckgo|ecosia|yandex|baidu|ask|search[.]yahoo|search[.]aol|search[.]brave|search[.]naver)[.]' +
  '|com[.]google[.]android[.]googlequicksearchbox$)';

/** They, what is below them, and what they shorten links to; apps are named as Android does. */
export const SOCIAL_SITES =
  '(^|[.])(bsky[.]app|discord[.]com|facebook[.]com|fb[.]me|instagram[.]com|linkedin[.]com|lnkd[.]in|mastodon[.]social' +
  '|messenger[.]com|news[.]ycombinator[.]com|ok[.]ru|pinterest([.]co)?[.][a-z]+|pin[.]it|quora[.]com|reddit[.]com|snapchat[.]com' +
  '|t[.]co|t[.]me|telegram[.]org|threads[.]com|threads[.]net|tiktok[.]com|tumblr[.]com|twitter[.]com|vk[.]com|weibo[.]cn|weibo[.]com' +
  '|whatsapp[.]com|x[.]com|xing[.]com|youtu[.]be|youtube[.]com)$' +
  '|^com[.](facebook|instagram|linkedin|pinterest|reddit|twitter)[.]';

/** Matches a parameter with a value in the query of an address, not in its fragment. */
export const GCLID = '^[^#]*[?&]gclid=[^&#]';

/** All others are media as they were sent. */
export const CHANNELS = [...Object.keys(MEDIA), 'Referral', 'Direct'];

/** What the tracker writes where there is no referrer. */
export const DIRECT = 'Direct';

/**
 * Of each person the signs of their visit, which say where it came from.
 * @param hits a table of hits that have signs: those of one visit of each person
 */
export function signsOf(hits: Sql, scope: Scope): Sql {
  const { dialect } = scope;
  const first = (value: Sql): Sql => dialect.firstBy(value, dialect.order('h'));
  const named = (name: string): Sql => propertyIn('h', name, scope);
  const medium = sql`coalesce(${first(named('Campaign Medium'))}, ${first(named('utm_medium'))})`;
  const address = addressIn('h', scope);
  // A regular expression takes ten times as long as a search for its text, which nearly no address contains.
  const isTagged = sql`CASE WHEN ${dialect.contains(address, 'gclid=')} THEN ${dialect.matches(address, GCLID)} ELSE FALSE END`;
  const domain = raw('h.referrer_domain');
  const isSame = sql`${isFromSameOrigin('h', scope)} OR ${isOwn(domain, scope)} OR ${isOfDomain(address, domain, scope)}`;
  // A referrer of the same site is no origin: somebody continued after half an hour.
  const referrer = sql`CASE WHEN ${isSame} THEN NULL ELSE ${named('Referrer')} END`;
  return sql`SELECT h.person AS person, ${medium} AS medium, max(CASE WHEN ${named('gclid')} <> '' OR ${isTagged} THEN 1 ELSE 0 END) AS is_click,
      ${first(named('Search Engine'))} AS engine, ${first(referrer)} AS referrer
    FROM (${withDomains(hits, scope)}) h GROUP BY h.person`;
}

/**
 * Adds `referrer_domain`. Taking domains out of texts costs more than all else here, and there are few texts beside the hits that carry them;
 * but where a table is computed wherever it is named, that costs more.
 */
function withDomains(hits: Sql, scope: Scope): Sql {
  const { domain, repeatsTables } = scope.dialect;
  const referrer = propertyIn('h', 'Referrer', scope);
  if (repeatsTables)
    return sql`SELECT *, ${domain(sql`nullif(${referrer}, ${DIRECT})`)} AS referrer_domain FROM ${hits} h`;
  return sql`SELECT h.*, r.domain AS referrer_domain FROM ${hits} h LEFT JOIN (
    SELECT value, ${domain(raw('value'))} AS domain FROM (
      SELECT DISTINCT ${referrer} AS value FROM ${hits} h WHERE ${referrer} <> ${DIRECT})) r ON r.value = ${referrer}`;
}

/** Whether an address is of a domain: nearly none has its text in it. */
function isOfDomain(address: Sql, domain: Sql, { dialect }: Scope): Sql {
  const isLikely = dialect.contains(dialect.lower(address), dialect.lower(domain));
  return sql`CASE WHEN ${isLikely} THEN ${dialect.domain(address)} = ${domain} ELSE FALSE END`;
}

/** Most referrers are the page before, as it is written in the address: this tells them by a comparison of texts. */
function isFromSameOrigin(row: string, scope: Scope): Sql {
  const { dialect } = scope;
  const origin = dialect.origin(propertyIn(row, 'Referrer', scope));
  return sql`coalesce(${dialect.begins(addressIn(row, scope), origin)}, FALSE)`;
}

function isOwn(domain: Sql, { domains, dialect }: Scope): Sql {
  const tests = domains
    .map((own) => own.replace(/^www[.]/, ''))
    .map((own) => sql`${domain} = ${own} OR ${dialect.ends(domain, `.${own}`)}`);
  return tests.length ? join(tests, ' OR ') : raw('FALSE');
}

/** Whether a hit has any of the signs. Most hits have none and can be skipped. */
export function hasSigns(row: string, scope: Scope): Sql {
  const names = ['Campaign Medium', 'utm_medium', 'gclid', 'Search Engine'];
  const isSent = names.map((name) => sql`${propertyIn(row, name, scope)} IS NOT NULL`);
  const isReferred = sql`${propertyIn(row, 'Referrer', scope)} IS NOT NULL AND NOT ${isFromSameOrigin(row, scope)}`;
  return join([...isSent, sql`(${isReferred})`, scope.dialect.contains(addressIn(row, scope), 'gclid=')], ' OR ');
}

function addressIn(row: string, scope: Scope): Sql {
  return sql`coalesce(${propertyIn(row, 'URL', scope)}, ${propertyIn(row, 'Viewed URL', scope)})`;
}

/**
 * Adds `origin`, the domain that led to a visit, null for none, and `channel`.
 * @param rows a query with the columns of `signsOf`: rows of people who came alike count as one, since this compares many patterns
 */
export function withChannel(rows: Sql, scope: Scope): Sql {
  const { dialect } = scope;
  const media = Object.entries(MEDIA).map(
    ([channel, written]) => sql`WHEN ${dialect.lower(raw('medium'))} IN (${join(written)}) THEN ${channel}`,
  );
  const origin = dialect.domain(sql`nullif(nullif(referrer, ${DIRECT}), '')`);
  return sql`SELECT *, CASE ${join(media, ' ')} WHEN medium <> '' THEN medium
      WHEN is_click = 1 THEN 'Paid'
      WHEN engine <> '' OR ${dialect.matches(raw('origin'), SEARCH_ENGINES)} THEN 'Organic'
      WHEN ${dialect.matches(raw('origin'), SOCIAL_SITES)} THEN 'Social'
      WHEN origin <> '' THEN 'Referral' ELSE 'Direct' END AS channel
    FROM (SELECT *, ${origin} AS origin FROM (${rows}))`;
}

/** Whether a row with a `channel` is of this one, however it is spelled. */
export function isChannel(channel: string, { dialect }: Scope): Sql {
  return sql`${dialect.lower(raw('channel'))} = ${channel.toLowerCase()}`;
}

/**
 * Channels that differ by case alone, as one: kmq's own by its name, any other as most people's links spell it.
 * @param rows a query with `part`, `value`, `people` and `visits`; values of the part `channel` are channels, all others stay as they are
 * @returns a query with these columns, whose rows may still be several of a value
 */
export function withOneSpelling(rows: Sql, { dialect }: Scope): Sql {
  const alike = sql`PARTITION BY part, ${dialect.lower(raw('value'))}
    ORDER BY CASE WHEN value IN (${join(CHANNELS)}) THEN 0 ELSE 1 END, people DESC, value`;
  return sql`SELECT part, CASE part WHEN 'channel' THEN first_value(value) OVER (${alike}) ELSE value END AS value, people, visits FROM (
    SELECT part, value, sum(people) AS people, sum(visits) AS visits FROM (${rows}) GROUP BY part, value)`;
}
