import type { DuckDBConnection } from '@duckdb/node-api';
import type { ReportKind, Reports } from '../../../protocol/reports.js';
import { ask } from '../ask.js';
import { DUCKDB, DUCKDB_TABLES, propertyAt } from './dialect.js';
import { badQuestion, tooSlow, unavailable } from '../no-report.js';
import { checkQuestion } from '../questions/read.js';
import type { Scope } from '../questions/report.js';
import type { PropertyPlace } from '../tables.js';
import type { ReportDatabase } from './database.js';
import { untilEnded } from './interruption.js';
import { KeptAnswers } from './kept-answers.js';
import { KeptPeople } from './kept-people.js';
import type { Names } from './names.js';
import { QuestionPlaces } from '../question-places.js';
import type { SiteSettings } from '../site-settings.js';
import { reportRowsOf, rowsOf } from './values.js';

export interface QuestionParts {
  database: ReportDatabase;
  names: Names;
  /** Seconds. */
  timeLimit: number;
  settings: (key: string) => SiteSettings;
  /** The number of a site; NO_SITE if it is unknown. */
  siteOf: (key: string) => number;
  /** The tables contain the hits up to this time, Unix seconds. */
  asOf: () => number;
  removals: { readonly count: number };
  /** Called if a question does not end. */
  onStuck: () => void;
}

/** Answers questions: several at once, each within a time limit, and from a cache if nothing has changed. */
export class Questions {
  private readonly kept = new KeptAnswers();
  private readonly places: QuestionPlaces;
  private readonly closing = new AbortController();

  constructor(private readonly parts: QuestionParts) {
    this.places = new QuestionPlaces(parts.timeLimit);
  }

  /** Call it when the tables of some sites have changed, or of all: cached answers about them are not used any more. */
  changed(sites?: ReadonlySet<number>): void {
    this.kept.changed(sites);
  }

  close(): void {
    this.closing.abort(unavailable('The collector is stopping.'));
  }

  /** @returns the answer as JSON @throws NoReport */
  async ask(kind: ReportKind, key: string, asked: unknown, signal: AbortSignal): Promise<Uint8Array> {
    const checked = checkQuestion(kind, asked);
    if ('bad' in checked) throw badQuestion(checked.bad);
    const name = JSON.stringify([kind, key, checked.question]);
    const kept = this.kept.answerTo(name);
    if (kept) return kept;
    const { removals, timeLimit, siteOf } = this.parts;
    await this.places.take(signal);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(tooSlow(timeLimit)), timeLimit * 1000);
    const ended = AbortSignal.any([signal, this.closing.signal, late.signal]);
    try {
      // Asked again if somebody was removed meanwhile: no answer may contain a person after the answer to their removal.
      for (;;) {
        const site = siteOf(key);
        const state = this.kept.stateOf(site);
        const before = removals.count;
        const answer = Buffer.from(JSON.stringify(await this.answer(kind, key, checked.question, ended)));
        if (removals.count !== before) continue;
        if (state === this.kept.stateOf(site)) this.kept.keep(name, site, answer);
        return answer;
      }
    } finally {
      clearTimeout(timer);
      this.places.giveBack();
    }
  }

  private answer<K extends ReportKind>(
    kind: K,
    key: string,
    question: Reports[K]['question'],
    ended: AbortSignal,
  ): Promise<object> {
    const { database, onStuck } = this.parts;
    const asOf = this.parts.asOf();
    return database.read((connection) =>
      untilEnded(connection, ended, onStuck, async () => {
        const kept = new KeptPeople(connection);
        const scope = await this.scope(connection, key, asOf, kept);
        return ask(kind, question, scope, async (query) => {
          await kept.find(ended);
          ended.throwIfAborted();
          return reportRowsOf(connection, query);
        });
      }),
    );
  }

  private async scope(connection: DuckDBConnection, key: string, asOf: number, kept: KeptPeople): Promise<Scope> {
    const { names, settings, siteOf } = this.parts;
    // Read in this transaction: in memory there may be later merges.
    const merges = await rowsOf(connection, 'SELECT 1 FROM merges LIMIT 1');
    const site = siteOf(key);
    const propertyPlace = (name: string): PropertyPlace | undefined => {
      const place = names.propertyPlace(site, name);
      if (place) names.asked.set(place.code, Date.now());
      return place;
    };
    const { timeZone, domains } = settings(key);
    return {
      site,
      timeZone,
      domains,
      asOf,
      hasMerges: merges.length > 0,
      eventCode: (name) => names.eventCode(site, name),
      property: (row, name) => {
        const place = propertyPlace(name);
        return place && propertyAt(row, place);
      },
      tables: DUCKDB_TABLES,
      keep: kept.keep,
      dialect: DUCKDB,
    };
  }
}
