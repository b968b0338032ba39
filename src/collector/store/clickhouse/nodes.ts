import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { BaseQueryParams, ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import type { ClickHouseAddress } from './address.js';
import { clientOf } from './client.js';
import { assertDone, objectsIn, wholeAnswer } from './cut-answers.js';
import { codeOf } from './error-code.js';
import { withoutData } from './error-text.js';
import { withAdvice } from './rights.js';
import { INSERTS } from './running-statements.js';
import { LATER_SETTINGS, MOST_REFUSED, StatedSettings } from './stated-settings.js';
import { Unavailable, unavailableFor, withoutTables } from './unavailable.js';

/** The longest that one statement of the store may take. */
export const STATEMENT_TIMEOUT_MS = 60_000;

/** One node, for statements that must run on each node. */
export interface Node {
  run(statement: string): Promise<void>;
  rows<Row>(query: string): Promise<Row[]>;
}

/** A query with its parameters and settings. */
export interface Question {
  query: string;
  parameters: Record<string, unknown>;
  settings: ClickHouseSettings;
  signal: AbortSignal | undefined;
  /** A session of a node: its temporary tables are only there. */
  session?: string;
}

/**
 * The most bytes of a text in a form. ClickHouse accepts 131,072
 * (https://clickhouse.com/docs/operations/settings/settings#http_max_field_value_size).
 */
export const MOST_OF_A_FIELD = 130_000;

/** What is done with a client. */
type Work<T> = (client: ClickHouseClient, expected: ClickHouseSettings) => Promise<T>;

/** How often some work may be begun. */
interface Attempts {
  /** Given for a question: then an error about too much load is not retried, but is its answer. */
  signal?: AbortSignal | undefined;
  /** It is not begun again if it may have begun. */
  isOnce?: boolean;
}

export interface Table {
  columns: { name: string; type: string }[];
  /** Values in the order of the columns. */
  rows: unknown[][];
}

/** The nodes of a ClickHouse. Any of them answers for all; if one does not answer, the next one is asked. */
export class Nodes {
  private readonly clients: ClickHouseClient[];
  /** Clients whose connections have one request each. Nobody can have closed such a connection before its request. */
  private readonly unshared: ClickHouseClient[];
  private preferred = 0;
  private readonly stated: StatedSettings;

  /**
   * @param timeout the longest that one statement may take, in milliseconds
   * @param onNotice called with what the owner of ClickHouse should know
   */
  constructor(
    private readonly address: ClickHouseAddress,
    timeout = STATEMENT_TIMEOUT_MS,
    onNotice: (sentence: string) => void = () => undefined,
  ) {
    this.clients = address.nodes.map((node) => clientOf(address, node, { timeout, isShared: true }));
    this.unshared = address.nodes.map((node) => clientOf(address, node, { timeout, isShared: false }));
    this.stated = new StatedSettings(this.clients, () =>
      onNotice(
        'The user of ClickHouse may not read system.settings. So statements of kmq do not contain the settings on which their results ' +
          `depend, and other defaults of this user would change answers. Run GRANT SELECT ON system.settings TO \`${address.username}\``,
      ),
    );
  }

  /** How many addresses the URL names. */
  get count(): number {
    return this.clients.length;
  }

  /** The rows of a query, from a node that answers. @throws Unavailable, or ClickHouse's own error */
  rows<Row>(query: string): Promise<Row[]> {
    return this.any((client, expected) => rowsOf<Row>(client, query, expected));
  }

  /**
   * The rows of a query with parameters, `{name:Type}`, from a node that answers. `settings` are added to those of all statements.
   * @param signal closes the connection; ClickHouse then stops the query
   */
  ask(question: Question): Promise<Table> {
    return this.any(async (client, expected) => {
      const result = await client.query({ ...(await this.requestOf(question, expected)), format: 'JSONCompact' });
      const { meta, data } = wholeAnswer(await result.text());
      return { columns: meta, rows: data };
    }, question);
  }

  /** Runs a statement for a question, such as one that makes a temporary table. */
  make(question: Question): Promise<void> {
    return this.any(async (client, expected) => {
      // Not by `exec`, which has all parameters in the URL.
      const result = await client.query({ ...(await this.requestOf(question, expected)), format: 'JSONCompact' });
      assertDone(await result.text());
    }, question);
  }

  /** Inserts rows. ClickHouse has them when the promise resolves. @param lines JSON, an object on each line */
  insert(table: string, columns: string, lines: string): Promise<void> {
    return this.any(async (client, expected) => {
      const { stream } = await client.exec({
        clickhouse_settings: expected,
        query: INSERTS.mark(`INSERT INTO ${table} (${columns}) FORMAT JSONEachRow`),
        values: Readable.from([Buffer.from(lines)], { objectMode: false }),
      });
      await done(stream);
    });
  }

  /**
   * Runs a statement of reports, such as INSERT SELECT, on a node that answers.
   * @param isOnce for a statement that must not run twice at the same time. Then it is started once. If its connection breaks, or a proxy
   *   answers instead of ClickHouse, it may still run. Otherwise it may be started more than once
   */
  async execute(statement: string, isOnce = false): Promise<void> {
    const settings: ClickHouseSettings = {
      ...LATER_SETTINGS,
      join_use_nulls: 1,
      prefer_column_name_to_alias: 1,
      max_execution_time: STATEMENT_TIMEOUT_MS / 1000 - 5,
      ...(this.address.cluster !== undefined && {
        distributed_product_mode: 'global',
        parallel_distributed_insert_select: '0',
      }),
    };
    return this.any(
      async (client, expected) => {
        const clickhouse_settings = { ...expected, ...(await this.stated.without(settings)) };
        await done((await client.exec({ query: statement, clickhouse_settings })).stream);
      },
      { isOnce },
    );
  }

  /** Runs a statement that any version knows on a node that answers. It may be started more than once. */
  run(statement: string): Promise<void> {
    return this.any(async (client, clickhouse_settings) =>
      done((await client.exec({ query: statement, clickhouse_settings })).stream),
    );
  }

  /** The answer to a statement that accepts no FORMAT. */
  textOf(statement: string): Promise<string> {
    return this.any(async (client, clickhouse_settings) =>
      text((await client.exec({ query: statement, clickhouse_settings })).stream),
    );
  }

  /** Runs a statement on every node. */
  async everywhere(statement: string): Promise<void> {
    await this.onEach((node) => node.run(statement));
  }

  /** Does some work on one node after the other. */
  async onEach(work: (node: Node) => Promise<void>): Promise<void> {
    for (const index of this.clients.keys()) {
      await work({
        run: (query) =>
          this.named(index, async (client, clickhouse_settings) =>
            done((await client.exec({ query, clickhouse_settings })).stream),
          ),
        rows: (query) => this.named(index, (client, expected) => rowsOf(client, query, expected)),
      });
    }
  }

  /** The rows of a query, from every node. */
  rowsEverywhere<Row>(query: string): Promise<Row[][]> {
    return Promise.all(
      this.clients.map((_, index) => this.named(index, (client, expected) => rowsOf<Row>(client, query, expected))),
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.clients, ...this.unshared].map((client) => client.close()));
  }

  private async any<T>(work: Work<T>, attempts: Attempts = {}): Promise<T> {
    let failure: unknown;
    for (let attempt = 0; attempt < (attempts.isOnce ? 1 : this.clients.length); attempt++) {
      const index = (this.preferred + attempt) % this.clients.length;
      try {
        const result = await this.named(index, work, attempts);
        this.preferred = index;
        return result;
      } catch (error) {
        // An error about the statement itself would be the same on the next node.
        if (!(error instanceof Unavailable)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  private async requestOf(
    { query, parameters, settings, signal, session }: Question,
    expected: ClickHouseSettings,
  ): Promise<BaseQueryParams & { query: string }> {
    return {
      query,
      query_params: parameters,
      // Many proxies refuse a long URL. Parameters of a few thousand characters stay in it.
      use_multipart_params_auto: Buffer.byteLength(query) <= MOST_OF_A_FIELD,
      clickhouse_settings: { ...expected, ...(await this.stated.without(settings)) },
      ...(signal && { abort_signal: signal }),
      ...(session !== undefined && { session_id: session }),
    };
  }

  /**
   * Retries once, since ClickHouse or a load balancer may have closed an idle connection at this moment; and without a setting that was
   * refused. The retry has a new connection: others may be closed as well, and that is noticed when they are used. Work with
   * `isOnce` has a new connection, too.
   */
  private async named<T>(index: number, work: Work<T>, { signal, isOnce = false }: Attempts = {}): Promise<T> {
    let isRetry = false;
    for (let attempt = 1; ; attempt++) {
      try {
        const client = (isRetry || isOnce ? this.unshared : this.clients)[index]!;
        return await work(client, await this.stated.of(index));
      } catch (error) {
        signal?.throwIfAborted();
        if (attempt <= MOST_REFUSED && this.stated.forget(error)) continue;
        // The errors of ClickHouse about its load are the answer to a question.
        if (signal && codeOf(error) !== undefined) throw withAdvice(error as Error, this.address.username);
        const isReset = ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');
        if (isReset && !isRetry && !isOnce) {
          isRetry = true;
          continue;
        }
        const { username, nodes } = this.address;
        const said = withoutData(error);
        throw unavailableFor(said, nodes[index]!, username) ?? withAdvice(withoutTables(said as Error), username);
      }
    }
  }
}

async function rowsOf<Row>(client: ClickHouseClient, query: string, expected: ClickHouseSettings): Promise<Row[]> {
  const result = await client.query({ query, format: 'JSONCompact', clickhouse_settings: expected });
  return objectsIn<Row>(wholeAnswer(await result.text()));
}

/** Waits for the end of a statement that has no rows. @throws Error if it has failed after its status was sent */
async function done(stream: Readable): Promise<void> {
  assertDone(await text(stream));
}
