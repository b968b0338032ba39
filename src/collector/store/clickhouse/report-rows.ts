import { foldedNameIn } from './letters.js';
import { columnNumberIn, REPEATS_ANY, REPEATS_ONE_WITHOUT_ID, VALUE_COLUMNS } from './report-tables.js';
import { number } from './sql.js';
import { HIT_COLUMNS, type Tables } from './tables.js';

/** The hits of a spool after one stamp, up to and including another. */
export interface StampRange {
  source: number;
  from: number;
  upto: number;
}

/** Later times count as this one, in the year 2106, as in the reports of the embedded store. */
const LAST_TIME = 2 ** 32 - 1;

/** Bits of a hit's number for the spool, since several spools may have hits of the same microsecond. */
const SOURCE_BITS = 12;
const SOURCE_MASK = 2 ** SOURCE_BITS - 1;

/** SQL for the number of a hit in the tables of reports. */
export const numberIn = (stamp: string, source: string): string =>
  `bitOr(bitShiftLeft(${stamp}, ${SOURCE_BITS}), bitAnd(toUInt64(${source}), ${SOURCE_MASK}))`;

/** SQL for the stamp in the number of a hit; below, for the bits of its spool in this number, and these bits of a spool. */
export const stampIn = (hit: string): string => `bitShiftRight(${hit}, ${SOURCE_BITS})`;
export const spoolIn = (hit: string): string => `bitAnd(${hit}, ${SOURCE_MASK})`;
export const spoolOf = (source: number): number => source % (SOURCE_MASK + 1);

/** SQL: whether a hit has a later stamp, by its number. It uses an index of these numbers. */
export const isAfter = (stamp: number): string => `hit >= bitShiftLeft(toUInt64(${number(stamp + 1)}), ${SOURCE_BITS})`;

/** JSON of older collectors may contain unpaired surrogates, which ClickHouse refuses. */
const HALF = String.raw`'(^|[^\\\\])((?:\\\\\\\\)*)\\\\u[dD][89a-fA-F][0-9a-fA-F]{2}'`;
const MENDED = String.raw`'\\1\\2\\\\ufffd'`;

/** SQL: whether a hit of `arrivals` is in a range. */
export const isIn = ({ source, from, upto }: StampRange): string =>
  `(source = ${number(source)} AND stamp > ${number(from)} AND stamp <= ${number(upto)})`;

/** The statements that copy hits into the tables of reports. They may be repeated: none changes rows that exist already. */
export class ReportRows {
  private readonly arrived: string;
  private readonly rows: string;
  /** The numbers of these hits lie between two bounds. Those of other hits may as well. */
  private readonly bounds: string;
  /** SQL for a few columns of these hits, with repeats, and with hits that are in no report. It reads few columns, for lookups. */
  private readonly all: (columns: string) => string;

  /** @param only SQL: which hits of these ranges, by their columns in `arrivals` */
  constructor(
    private readonly tables: Tables,
    ranges: readonly StampRange[],
    only = '1',
  ) {
    const these = `(${ranges.map(isIn).join(' OR ')}) AND ${only}`;
    this.all = (columns) => `SELECT ${columns} FROM ${tables.all('arrivals')} WHERE ${these}`;
    // A hit that was inserted twice exists twice until ClickHouse merges its parts. The columns are named: an owner may have added
    // some whose names are those of results below.
    this.arrived = `${this.all(HIT_COLUMNS)} LIMIT 1 BY source, stamp`;
    const mend = (json: string): string => `replaceRegexpAll(${json}, ${HALF}, ${MENDED})`;
    const json = `if(position(properties, '\\\\ud') = 0, properties, ${mend(mend('properties'))})`;
    this.rows = `
      SELECT site, identity AS name_of_identity, name, kind, sent, id, agent, least(time, ${LAST_TIME}) AS happened,
        ${numberIn('stamp', 'source')} AS number,
        sipHash64(site, identity) AS who,
        if(kind = 0, ${foldedNameIn('name')}, '') AS folded,
        startsWith(id, 'm') AS bare,
        kind = 0 AND timed = 1 AS can_repeat,
        can_repeat OR NOT bare AS can_come_again,
        sipHash64(who, id) AS same,
        if(can_repeat, sipHash64(who, folded), 0) AS echo,
        JSONExtract(${json}, 'Array(Tuple(String, String))') AS pairs
      FROM (${this.arrived}) WHERE kind < 2 AND isValidJSON(${json})`;
    const first = Math.min(...ranges.map(({ from }) => from));
    const last = Math.max(...ranges.map(({ upto }) => upto));
    this.bounds = `hit >= bitShiftLeft(toUInt64(${number(first)}), ${SOURCE_BITS})
      AND hit <= bitOr(bitShiftLeft(toUInt64(${number(last)}), ${SOURCE_BITS}), ${SOURCE_MASK})`;
  }

  /**
   * Finds which hits have not arrived before, and which events repeat others. Hits that are already in `report_seen` count as the
   * earlier ones.
   */
  get seen(): string {
    const seen = this.tables.all('report_seen');
    const rows = `SELECT site, sent, same, echo, number AS hit, bare FROM (${this.rows}) WHERE can_come_again`;
    const moments = `(site, sent) IN (${this.all('site, sent')})`;
    const any = `any_before = 1 OR any_rank > 1`;
    const one = `bare AND (bare_before = 1 OR bare_rank > 1)`;
    return `
      INSERT INTO ${seen} (site, sent, same, echo, hit, marks, bare)
      SELECT r.site, r.sent, r.same, r.echo, r.hit,
        if(r.echo = 0, 0, if(${any}, ${REPEATS_ANY}, 0) + if(${one}, ${REPEATS_ONE_WITHOUT_ID}, 0)) AS marks, r.bare
      FROM (
        SELECT *, row_number() OVER (PARTITION BY site, sent, echo ORDER BY hit) AS any_rank,
          row_number() OVER (PARTITION BY site, sent, echo, bare ORDER BY hit) AS bare_rank
        FROM (
          SELECT * FROM (${rows}) WHERE (site, sent, same) NOT IN (SELECT site, sent, same FROM ${seen} WHERE ${moments})
          ORDER BY hit LIMIT 1 BY site, sent, same)
      ) r LEFT JOIN (
        SELECT site, sent, echo, max(bitAnd(marks, ${REPEATS_ANY}) = 0) AS any_before,
          max(bare = 1 AND bitAnd(marks, ${REPEATS_ONE_WITHOUT_ID}) = 0) AS bare_before
        FROM ${seen} WHERE ${moments} AND echo <> 0 GROUP BY site, sent, echo
      ) s ON s.site = r.site AND s.sent = r.sent AND s.echo = r.echo`;
  }

  /** The hits that `seen` has accepted. */
  get hits(): string {
    const hits = this.tables.all('report_hits');
    const values = VALUE_COLUMNS.map(
      (_, index) =>
        `CAST(arrayMap(pair -> (pair.1, pair.2), arrayFilter(pair -> pair.3 = ${index}, r.placed)) AS Map(LowCardinality(String), String))`,
    );
    return `
      INSERT INTO ${hits} (site, event, time, hit, identity, person, agent, marks, ${VALUE_COLUMNS.join(', ')})
      SELECT r.site, r.folded, r.happened, r.number, r.who, coalesce(p.person, r.who), r.program, coalesce(s.marks, 0), ${values.join(', ')}
      FROM (
        SELECT *, if(agent > 0, agent - 1, if(match(id, '^i[0-9]{16}'), 0, 2)) AS program,
          arrayMap(pair -> (pair.1, pair.2, ${columnNumberIn('pair.1')}),
            arrayMap(pair -> (${foldedNameIn('pair.1')}, pair.2), pairs)) AS placed
        FROM (${this.rows}) WHERE number NOT IN (SELECT hit FROM ${hits} WHERE ${this.bounds})
      ) r LEFT JOIN (
        SELECT hit, max(marks) AS marks FROM ${this.tables.all('report_seen')}
        WHERE (site, sent) IN (${this.all('site, sent')}) GROUP BY hit
      ) s ON s.hit = r.number LEFT JOIN (
        SELECT identity, min(person) AS person FROM ${this.tables.all('report_people')}
        WHERE (site, identity) IN (${this.all('site, sipHash64(site, identity)')}) GROUP BY identity
      ) p ON p.identity = r.who
      WHERE NOT r.can_come_again OR s.hit IS NOT NULL`;
  }

  get identities(): string {
    return `
      INSERT INTO ${this.tables.all('report_identities')} (site, identity, name, began)
      SELECT site, sipHash64(site, name), name, min(began) FROM (
        SELECT site, identity AS name, stamp * 2 AS began FROM (${this.arrived})
        UNION ALL SELECT site, name, stamp * 2 + 1 AS began FROM (${this.arrived}) WHERE kind = 2)
      GROUP BY site, name`;
  }

  /** The names in the hits. If a hit came again with other names, these are in no report. */
  get names(): string {
    const last = '18446744073709551615';
    const rows = `${this.rows} AND number IN (SELECT hit FROM ${this.tables.all('report_hits')} WHERE ${this.bounds})`;
    return `
      INSERT INTO ${this.tables.all('report_names')} (site, kind, folded, name, version)
      SELECT site, which, compared, argMin(written, number), ${last} - min(number) FROM (
        SELECT site, which, ${foldedNameIn('written')} AS compared, written, number FROM (
          SELECT site, 0 AS which, name AS written, min(number) AS number FROM (${rows}) WHERE kind = 0 GROUP BY site, name
          UNION ALL
          SELECT site, 1, written, min(number) FROM (SELECT site, number, arrayJoin(pairs).1 AS written FROM (${rows}))
          GROUP BY site, written))
      GROUP BY site, which, compared`;
  }

  /** Pairs of identities that aliases have merged. */
  get aliases(): string {
    return `SELECT DISTINCT site, sipHash64(site, identity) AS one, sipHash64(site, name) AS other FROM (${this.arrived})
      WHERE kind = 2 AND identity <> name`;
  }
}
