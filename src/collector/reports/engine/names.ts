import type { DuckDBConnection } from '@duckdb/node-api';
import { foldName } from '../../../protocol/text.js';
import { COLUMNS, type PropertyPlace } from '../tables.js';
import { appendRows, rowsOf } from './values.js';

/** Names of events, and of properties, that reports know of one site (docs/reference.md#8.2), and of all sites together. */
const MOST_OF_A_SITE = 65_535;
const MOST_NAMES = 250_000;

interface SiteNames {
  events: Map<string, number>;
  properties: Map<string, PropertyPlace>;
}

/** The codes of names, and the columns of properties. What is new is written with the hits that brought it. */
export class Names {
  private readonly sites = new Map<number, SiteNames>();
  /** When reports last asked for properties, by their codes, Unix milliseconds. */
  readonly asked = new Map<number, number>();
  private latest = 0;
  private count = 0;
  private newEvents: [site: number, event: number, name: string, folded: string][] = [];
  private newProperties: [site: number, property: number, name: string, folded: string, column: number | null][] = [];

  /** Reads all anew: after a start, after a transaction that failed, and when columns have changed. */
  async load(connection: DuckDBConnection): Promise<void> {
    this.sites.clear();
    this.newEvents = [];
    this.newProperties = [];
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
    this.count = events.length + properties.length;
  }

  eventCode(site: number, name: string): number | undefined {
    return this.sites.get(site)?.events.get(foldName(name));
  }

  propertyPlace(site: number, name: string): PropertyPlace | undefined {
    return this.sites.get(site)?.properties.get(foldName(name));
  }

  /** The code of an event, made where there is none; undefined where the site has too many. */
  noteEvent(site: number, name: string): number | undefined {
    const { events } = this.of(site);
    const folded = foldName(name);
    const known = events.get(folded);
    if (known !== undefined || !this.hasRoom(events)) return known;
    const code = this.next();
    events.set(folded, code);
    this.newEvents.push([site, code, name, folded]);
    return code;
  }

  /** Where the values of a property go; undefined where the site has too many. The first ones get columns. */
  noteProperty(site: number, name: string): PropertyPlace | undefined {
    const { properties } = this.of(site);
    const folded = foldName(name);
    const known = properties.get(folded);
    if (known !== undefined || !this.hasRoom(properties)) return known;
    const column = properties.size < COLUMNS ? this.freeColumn(properties) : undefined;
    const place = { code: this.next(), column };
    properties.set(folded, place);
    this.newProperties.push([site, place.code, name, folded, column ?? null]);
    return place;
  }

  /** Writes the names that are new; part of the transaction of their hits. */
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
  }

  private of(site: number): SiteNames {
    let names = this.sites.get(site);
    if (!names) this.sites.set(site, (names = { events: new Map(), properties: new Map() }));
    return names;
  }

  private hasRoom(names: Map<string, unknown>): boolean {
    return names.size < MOST_OF_A_SITE && this.count < MOST_NAMES;
  }

  private next(): number {
    this.count += 1;
    return ++this.latest;
  }

  private freeColumn(properties: Map<string, PropertyPlace>): number | undefined {
    const taken = new Set([...properties.values()].map(({ column }) => column));
    for (let column = 1; column <= COLUMNS; column++) if (!taken.has(column)) return column;
    return undefined;
  }
}
