import type { DuckDBConnection } from '@duckdb/node-api';
import { foldName } from '../../../protocol/text.js';
import { COLUMNS, type PropertyPlace } from '../tables.js';
import { appendRows, rowsOf } from './values.js';

/** The most names of events, and of properties, in the reports of a site (docs/reference.md#8.2). */
const MOST_OF_A_SITE = 65_535;
/** The most names of all sites together, besides those reserved for the first sites: they are kept in memory. */
const MOST_SHARED = 150_000;
/**
 * For each of the first sites some names are reserved. If every key is accepted, anyone could use up the shared names, and new
 * names of the owner's site would be in no report.
 */
const FIRST_SITES = 50;
const OWN_NAMES = 2000;

interface SiteNames {
  events: Map<string, number>;
  properties: Map<string, PropertyPlace>;
}

/** Whether hits are copied from the oldest to the newest, or the other way. A name has the spelling of the hit that arrived first. */
export type CopyOrder = 'oldest first' | 'newest first';

const RESPELLED = 'CREATE TEMP TABLE IF NOT EXISTS respelled (code INTEGER, name VARCHAR)';

/** The codes of names, and the columns of properties. New names are written together with their hits. */
export class Names {
  private readonly sites = new Map<number, SiteNames>();
  /** For each code, when a report last used the property, Unix milliseconds. */
  readonly asked = new Map<number, number>();
  private latest = 0;
  /** How many shared names are used. */
  private shared = 0;
  /** Spellings by the codes of names, while hits are copied the newest first. */
  private readonly spelled = new Map<number, string>();
  /** The spellings of `spelled` that the tables do not have yet. */
  private readonly respelled = new Map<number, string>();
  private newEvents: [site: number, event: number, name: string, folded: string][] = [];
  private newProperties: [site: number, property: number, name: string, folded: string, column: number | null][] = [];

  /** Reads all names: after a start, after a failed transaction, and when columns have changed. */
  async load(connection: DuckDBConnection): Promise<void> {
    this.sites.clear();
    this.newEvents = [];
    this.newProperties = [];
    this.spelled.clear();
    this.respelled.clear();
    const events = await rowsOf(connection, 'SELECT site, event, folded FROM events');
    const properties = await rowsOf(connection, 'SELECT site, property, folded, "column", asked FROM properties');
    this.latest = 0;
    for (const { site, event, folded } of events) {
      this.of(site as number).events.set(folded as string, event as number);
      this.latest = Math.max(this.latest, event as number);
    }
    for (const { site, property, folded, column, asked } of properties) {
      if (asked !== null && !this.asked.has(property as number)) this.asked.set(property as number, asked as number);
      const place = { code: property as number, column: (column as number | null) ?? undefined };
      this.of(site as number).properties.set(folded as string, place);
      this.latest = Math.max(this.latest, property as number);
    }
    this.shared = 0;
    for (const [site, names] of this.sites) this.shared += Math.max(0, countOf(names) - ownNamesOf(site));
  }

  eventCode(site: number, name: string): number | undefined {
    return this.sites.get(site)?.events.get(foldName(name));
  }

  propertyPlace(site: number, name: string): PropertyPlace | undefined {
    return this.sites.get(site)?.properties.get(foldName(name));
  }

  /** The code of an event. A new event gets one; undefined if the site, or all sites together, have too many names. */
  noteEvent(site: number, name: string, order: CopyOrder = 'oldest first'): number | undefined {
    const { events } = this.of(site);
    const folded = foldName(name);
    const known = events.get(folded);
    if (known !== undefined && order === 'newest first') this.respell(known, name);
    if (known !== undefined || !this.mayAdd(site, events)) return known;
    const code = this.next(site);
    events.set(folded, code);
    this.newEvents.push([site, code, name, folded]);
    return code;
  }

  /** The place of a property's values; undefined as for events. The first properties of a site get columns. */
  noteProperty(site: number, name: string, order: CopyOrder = 'oldest first'): PropertyPlace | undefined {
    const { properties } = this.of(site);
    const folded = foldName(name);
    const known = properties.get(folded);
    if (known !== undefined && order === 'newest first') this.respell(known.code, name);
    if (known !== undefined || !this.mayAdd(site, properties)) return known;
    const column = properties.size < COLUMNS ? this.freeColumn(properties) : undefined;
    const place = { code: this.next(site), column };
    properties.set(folded, place);
    this.newProperties.push([site, place.code, name, folded, column ?? null]);
    return place;
  }

  /** Writes the new names; part of the transaction with their hits. */
  async write(connection: DuckDBConnection): Promise<void> {
    const { newEvents, newProperties } = this;
    if (newEvents.length)
      await appendRows(connection, 'events', newEvents, (appender, [site, event, name, folded]) => {
        appender.appendInteger(site);
        appender.appendInteger(event);
        appender.appendVarchar(name);
        appender.appendVarchar(folded);
      });
    if (newProperties.length)
      await appendRows(connection, 'properties', newProperties, (appender, [site, property, name, folded, column]) => {
        appender.appendInteger(site);
        appender.appendInteger(property);
        appender.appendVarchar(name);
        appender.appendVarchar(folded);
        if (column === null) appender.appendNull();
        else appender.appendTinyInt(column);
        appender.appendNull();
      });
    this.newEvents = [];
    this.newProperties = [];
    if (this.respelled.size) await this.writeSpellings(connection);
  }

  private respell(code: number, name: string): void {
    if (this.spelled.get(code) === name) return;
    this.spelled.set(code, name);
    this.respelled.set(code, name);
  }

  private async writeSpellings(connection: DuckDBConnection): Promise<void> {
    await connection.run(RESPELLED);
    await appendRows(
      connection,
      'respelled',
      this.respelled,
      (appender, [code, name]) => {
        appender.appendInteger(code);
        appender.appendVarchar(name);
      },
      'temp',
    );
    // Most spellings are the same as in the tables, and nothing is written for them.
    for (const [table, code] of [
      ['events', 'event'],
      ['properties', 'property'],
    ] as const)
      await connection.run(
        `UPDATE ${table} SET name = r.name FROM respelled r WHERE r.code = ${table}.${code} AND r.name <> ${table}.name`,
      );
    await connection.run('TRUNCATE respelled');
    this.respelled.clear();
  }

  private of(site: number): SiteNames {
    let names = this.sites.get(site);
    if (!names) this.sites.set(site, (names = { events: new Map(), properties: new Map() }));
    return names;
  }

  private mayAdd(site: number, names: Map<string, unknown>): boolean {
    return names.size < MOST_OF_A_SITE && (this.isWithinOwn(site) || this.shared < MOST_SHARED);
  }

  private isWithinOwn(site: number): boolean {
    return countOf(this.of(site)) < ownNamesOf(site);
  }

  /** The next free code, for a name of a site. */
  private next(site: number): number {
    if (!this.isWithinOwn(site)) this.shared += 1;
    return ++this.latest;
  }

  private freeColumn(properties: Map<string, PropertyPlace>): number | undefined {
    const taken = new Set([...properties.values()].map(({ column }) => column));
    for (let column = 1; column <= COLUMNS; column++) if (!taken.has(column)) return column;
    return undefined;
  }
}

/** The store numbers sites in the order in which they came, from 1. */
const ownNamesOf = (site: number): number => (site <= FIRST_SITES ? OWN_NAMES : 0);

const countOf = ({ events, properties }: SiteNames): number => events.size + properties.size;
