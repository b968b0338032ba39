import sql, { empty, join, raw, type Sql } from 'sql-template-tag';
import { propertyIn } from './properties.js';
import type { Scope } from './report.js';

/** The channel of a visit: the medium of a tagged link, else an advertisement, a search engine, another site, or none of these. */

/** Channels, each with the media that belong to it, in lower case. Any other medium is its own channel. */
export const MEDIA = {
  Paid: ['cpc', 'cpm', 'display', 'cpv', 'cpa', 'cpp', 'ppc'],
  Email: ['email', 'e-mail'],
  Organic: ['organic', 'search'],
  Social: ['social', 'social-network', 'social-media', 'sm', 'social network', 'social media'],
};

/** Hosts without `www.`: the search engines of the tracker (tracker/automatic/search-engine.ts), and an app. */
const SEARCH_ENGINES =
  '^(([^.][^.]?[.])?(google|bing|duckduckgo|ecosia|yandex|baidu|ask|search[.]yahoo|search[.]aol|search[.]brave|search[.]naver)[.]' +
  '|com[.]google[.]android[.]googlequicksearchbox$)';

/** Social networks with their subdomains, their hosts for short links, and their apps by Android's names. */
const SOCIAL_SITES =
  '(^|[.])(bsky[.]app|discord[.]com|facebook[.]com|fb[.]me|instagram[.]com|linkedin[.]com|lnkd[.]in|mastodon[.]social' +
  '|messenger[.]com|news[.]ycombinator[.]com|ok[.]ru|pinterest([.]co)?[.][a-z]+|pin[.]it|quora[.]com|reddit[.]com|snapchat[.]com' +
  '|t[.]co|t[.]me|telegram[.]org|threads[.]com|threads[.]net|tiktok[.]com|tumblr[.]com|twitter[.]com|vk[.]com|weibo[.]cn|weibo[.]com' +
  '|whatsapp[.]com|x[.]com|xing[.]com|youtu[.]be|youtube[.]com)$' +
  '|^com[.](facebook|instagram|linkedin|pinterest|reddit|twitter)[.]';

/** Matches a parameter with a value in the query of a URL, not in its fragment. */
export const GCLID = '^[^#]*[?&](?:gclid|[gw]braid)=[^&#]';

/** The named channels. All other channels are media as they were sent. */
const CHANNELS = [...Object.keys(MEDIA), 'Referral', 'Direct'];

/** The tracker's value of `Referrer` if there is none. */
export const DIRECT = 'Direct';

/** The properties that tell where a visit came from, with the column that has the value of each. */
const SIGNS = {
  campaign_medium: 'Campaign Medium',
  utm_medium: 'utm_medium',
  gclid: 'gclid',
  search_engine: 'Search Engine',
  referrer: 'Referrer',
};

/** The columns of `hitsWithSigns`. */
const SIGN_COLUMNS = ['person', 'time', 'hit', ...Object.keys(SIGNS), 'address', 'is_internal'];

/** All columns of `hitsWithSigns`, with explicit names: in a join, an engine may name them differently. @param row the alias of the row */
export const signColumns = (row: string): Sql =>
  raw(SIGN_COLUMNS.map((name) => `${row}.${name} AS ${name}`).join(', '));

/**
 * The hits that tell where a visit came from. Most hits do not. Each value is selected once and gets a name: if the SQL contained a value
 * wherever it is used, ClickHouse would need seconds to analyze it.
 * @param hits what follows FROM, with the alias `h`, and a WHERE
 * @param began if `hits` joins the hits with visits: the time of the visit. Without it in the test, DuckDB would look for signs in all
 * hits before the join
 */
export function hitsWithSigns(hits: Sql, scope: Scope, began?: Sql): Sql {
  const { dialect } = scope;
  const named = (name: string): Sql => propertyIn('h', name, scope);
  const values = Object.entries(SIGNS).map(([column, name]) => sql`${named(name)} AS ${raw(column)}`);
  // Most referrers are the previous page of the site, and begin like the URL: this comparison is fast.
  const isInternal = dialect.begins(raw('address'), dialect.origin(raw('referrer')));
  const hasSigns = sql`(campaign_medium IS NOT NULL OR utm_medium IS NOT NULL OR gclid IS NOT NULL OR search_engine IS NOT NULL
    OR (referrer IS NOT NULL AND NOT is_internal) OR ${mayBeClick(raw('address'), scope)})`;
  return sql`SELECT * FROM (
      SELECT *, coalesce(${isInternal}, FALSE) AS is_internal FROM (
        SELECT h.person AS person, h.time AS time, h.hit AS hit, ${join(values)},
          coalesce(${named('URL')}, ${named('Viewed URL')}) AS address ${began ? sql`, ${began} AS began` : empty} FROM ${hits}))
    WHERE ${began ? sql`CASE WHEN time >= began THEN ${hasSigns} END` : hasSigns}`;
}

/**
 * For each person, the signs of their visit that tell where it came from.
 * @param hits a table with the columns of `hitsWithSigns`, with hits of one visit of each person
 */
export function signsOf(hits: Sql, scope: Scope): Sql {
  const { dialect } = scope;
  const first = (value: Sql): Sql => dialect.firstBy(value, dialect.order('h'));
  const [address, domain] = [raw('h.address'), raw('h.referrer_domain')];
  // A regular expression takes ten times as long as a search for its text, which nearly no URL contains.
  const isTagged = sql`CASE WHEN ${mayBeClick(address, scope)} THEN ${dialect.matches(address, GCLID)} ELSE FALSE END`;
  const isSame = sql`h.is_internal OR ${isOwn(domain, scope)} OR ${isOfDomain(address, domain, scope)}`;
  // A referrer of the same site does not count: the person continued a visit after half an hour.
  const referrer = sql`CASE WHEN ${isSame} THEN NULL ELSE h.referrer END`;
  return sql`SELECT h.person AS person, coalesce(${first(raw('h.campaign_medium'))}, ${first(raw('h.utm_medium'))}) AS medium,
      max(CASE WHEN h.gclid <> '' OR ${isTagged} THEN 1 ELSE 0 END) AS is_click,
      ${first(raw('h.search_engine'))} AS engine, ${first(referrer)} AS referrer
    FROM (${withDomains(hits, scope)}) h GROUP BY h.person`;
}

/** Whether a URL contains the end of the name of a parameter that GCLID finds. */
const mayBeClick = (address: Sql, { dialect }: Scope): Sql =>
  sql`(${dialect.contains(address, 'gclid=')} OR ${dialect.contains(address, 'braid=')})`;

/**
 * Adds `referrer_domain`. Extracting domains costs more than everything else here, so it is done once per distinct referrer. But
 * if the engine computes a table each time it is named, once per hit costs less.
 */
function withDomains(hits: Sql, { dialect }: Scope): Sql {
  if (dialect.repeatsTables)
    return sql`SELECT *, ${dialect.domain(sql`nullif(referrer, ${DIRECT})`)} AS referrer_domain FROM ${hits}`;
  return sql`SELECT h.*, r.domain AS referrer_domain FROM ${hits} h LEFT JOIN (
    SELECT value, ${dialect.domain(raw('value'))} AS domain FROM (
      SELECT DISTINCT referrer AS value FROM ${hits} WHERE referrer <> ${DIRECT})) r ON r.value = h.referrer`;
}

/** Whether a URL is of a domain. A search for the text comes first, since nearly no URL contains it. */
function isOfDomain(address: Sql, domain: Sql, { dialect }: Scope): Sql {
  const isLikely = dialect.contains(dialect.lower(address), dialect.lower(domain));
  return sql`CASE WHEN ${isLikely} THEN ${dialect.domain(address)} = ${domain} ELSE FALSE END`;
}

function isOwn(domain: Sql, { domains, dialect }: Scope): Sql {
  const tests = domains
    .map((own) => own.replace(/^www[.]/, ''))
    .map((own) => sql`${domain} = ${own} OR ${dialect.ends(domain, `.${own}`)}`);
  return tests.length ? join(tests, ' OR ') : raw('FALSE');
}

/**
 * Adds `origin`, the domain that led to a visit or null, and `channel`.
 * @param rows a query with the columns of `signsOf`. This compares many patterns: if possible, people with equal signs are one row
 */
export function withChannel(rows: Sql, scope: Scope): Sql {
  const { dialect } = scope;
  const media = Object.entries(MEDIA).map(
    ([channel, written]) => sql`WHEN lowered IN (${join(written)}) THEN ${channel}`,
  );
  const origin = dialect.domain(sql`nullif(nullif(referrer, ${DIRECT}), '')`);
  return sql`SELECT *, CASE ${join(media, ' ')} WHEN medium <> '' THEN medium
      WHEN is_click = 1 THEN 'Paid'
      WHEN engine <> '' OR ${dialect.matches(raw('origin'), SEARCH_ENGINES)} THEN 'Organic'
      WHEN ${dialect.matches(raw('origin'), SOCIAL_SITES)} THEN 'Social'
      WHEN origin <> '' THEN 'Referral' ELSE 'Direct' END AS channel
    FROM (SELECT *, ${origin} AS origin, ${dialect.lower(raw('medium'))} AS lowered FROM (${rows}))`;
}

/** Whether a row's `channel` is this one, without regard to case. */
export function isChannel(channel: string, { dialect }: Scope): Sql {
  return sql`${dialect.lower(raw('channel'))} = ${channel.toLowerCase()}`;
}

/**
 * Gives channels that differ only in case the same spelling: a named channel its name, any other the most frequent spelling.
 * @param value a column of rows that also have `people`, the number of people with this spelling
 * @param by only rows with equal values of these columns are compared
 */
export function spelling(value: Sql, { dialect }: Scope, by: Sql[] = []): Sql {
  return sql`first_value(${value}) OVER (PARTITION BY ${join([...by, dialect.lower(value)])}
    ORDER BY CASE WHEN ${value} IN (${join(CHANNELS)}) THEN 0 ELSE 1 END, people DESC, ${value})`;
}

/**
 * Gives channels the same spelling in each row.
 * @param rows a query with `part`, `value`, `people` and `visits`. Only values of the part `channel` are changed
 * @returns a query with these columns; a value may still have several rows
 */
export function withOneSpelling(rows: Sql, scope: Scope): Sql {
  const spelled = spelling(raw('value'), scope, [raw('part')]);
  return sql`SELECT part, CASE part WHEN 'channel' THEN ${spelled} ELSE value END AS value, people, visits FROM (
    SELECT part, value, sum(people) AS people, sum(visits) AS visits FROM (${rows}) GROUP BY part, value)`;
}
