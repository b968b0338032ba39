// A server of ClickHouse for tests and benchmarks: the engine in process (`chdb`), and what its HTTP interface does in front of it
// (https://clickhouse.com/docs/interfaces/http), so that the official client talks to it.
//
//   node server.ts DATA-FOLDER PORT [PASSWORD]     says { port } to its parent once it answers, and ends with it
//
// Differences from a server: this one sends an answer only when it is complete, and has no users, TLS or cluster. Its HTTP sessions
// keep only temporary tables.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliCompress, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { deflate, gzip, zstdCompress } from 'node:zlib';

interface Result {
  bytes(): Uint8Array;
  text(): string;
  elapsed: number;
  rowsRead: number;
  bytesRead: number;
}

interface Session {
  queryAsync(query: string, options?: { format: string }): Promise<Result>;
  close(): void;
}

const { Session } = createRequire(import.meta.url)('chdb') as { Session: new (path: string) => Session };

const [data = '', port = '0', password = ''] = process.argv.slice(2);

/** Settings whose defaults differ between the engine in process and a server. */
const OF_A_SERVER = { mutations_sync: '0', implicit_select: '0' };

/** Parameters of an address that are no settings; some are of no use here. */
const NO_SETTINGS = new Set([
  ...[
    'query',
    'query_id',
    'database',
    'default_format',
    'user',
    'password',
    'quota_key',
    'role',
    'client_protocol_version',
    'session_id',
  ],
  ...['buffer_size', 'wait_end_of_query', 'stacktrace', 'http_write_exception_in_output_format'],
]);

const KILL_AGAIN_MS = 100;

/** `default_session_timeout`. */
const SESSION_MS = 60_000;

/** In bytes: `http_max_uri_size`, which includes the parameters of a query, and `http_max_field_value_size`. */
const LONGEST_ADDRESS = 2 ** 20;
const LONGEST_FIELD = 2 ** 17;

/** Error codes by the status with which a server answers them; 500 for all others. */
const STATUSES: Record<number, number[]> = {
  400: [6, 7, 15, 16, 25, 26, 27, 36, 38, 41, 43, 44, 53, 62, 69, 72, 117, 167, 168, 321, 376, 427, 441, 467, 676, 677],
  403: [192, 193, 497, 512, 516],
  404: [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 511],
  408: [159],
  413: [177],
  501: [48],
  503: [76, 209, 439],
};

const DECODERS = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress, zstd: createZstdDecompress };
const ENCODERS = {
  gzip: promisify(gzip),
  deflate: promisify(deflate),
  br: promisify(brotliCompress),
  zstd: promisify(zstdCompress),
};

/** Keeps the engine running while no request has a session. */
const own = new Session(data);
const version = (await own.queryAsync('SELECT version()', { format: 'TSVRaw' })).text().trim();
/** Running queries, by the ids that clients gave them: the engine uses other ids. */
const running = new Set<string>();

class ClickHouseException extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** A text as a literal, with any contents. */
function quoted(value: string): string {
  return `'${value.replace(/['\\]/g, '\\$&')}'`;
}

function assertAllowed({ headers }: IncomingMessage, parameters: URLSearchParams): void {
  const [, basic = ''] = /^Basic (.*)$/.exec(headers.authorization ?? '') ?? [];
  const given = basic && Buffer.from(basic, 'base64').toString();
  const key = headers['x-clickhouse-key'] ?? parameters.get('password') ?? given.slice(given.indexOf(':') + 1);
  if (key === password) return;
  throw new ClickHouseException(
    516,
    'Code: 516. DB::Exception: default: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)',
  );
}

function assertShort(field: string): void {
  if (Buffer.byteLength(field) <= LONGEST_FIELD) return;
  throw new ClickHouseException(
    1000,
    'Poco::Exception. Code: 1000, e.code() = 0, HTML Form Exception: Field value too long',
  );
}

/** Adds the fields of a form to the parameters. */
function readForm(body: string, type: string, parameters: URLSearchParams): void {
  const [, quotedBoundary, boundary = quotedBoundary] = /boundary=(?:"([^"]+)"|([^;]+))/.exec(type)!;
  for (const part of `\r\n${body}`.split(`\r\n--${boundary}`).slice(1, -1)) {
    const end = part.indexOf('\r\n\r\n');
    const [, name] = /\bname="([^"]*)"/.exec(part.slice(0, end))!;
    const value = part.slice(end + 4);
    assertShort(value);
    parameters.set(name!, value);
  }
}

/** The statement of a request: the address has the whole statement or its beginning, and the body the rest; or a form has it. */
async function statementOf(request: IncomingMessage, parameters: URLSearchParams): Promise<string> {
  const { 'content-encoding': encoding, 'content-type': type = '' } = request.headers;
  const body = await buffer(encoding ? request.pipe(DECODERS[encoding as keyof typeof DECODERS]()) : request);
  if (type.startsWith('multipart/form-data')) {
    readForm(body.toString(), type, parameters);
    return parameters.get('query')!;
  }
  const query = parameters.get('query');
  return query === null ? body.toString() : body.length ? `${query}\n${body.toString()}` : query;
}

/** Sessions that no request uses, by their settings. */
const free = new Map<string, Session[]>();

function settingsOf(parameters: URLSearchParams): string {
  const settings = [...parameters].filter(([name]) => !NO_SETTINGS.has(name) && !name.startsWith('param_'));
  return `SET ${assignments([...Object.entries(OF_A_SERVER), ...settings])}`;
}

function assignments(entries: [string, string][]): string {
  return entries.map(([name, value]) => `\`${name}\` = ${quoted(value)}`).join(', ');
}

/** HTTP sessions, by the ids that clients gave them. They keep temporary tables. */
const named = new Map<string, { session: Session; isUsed: boolean; end: NodeJS.Timeout | undefined }>();

/** Runs code with an HTTP session. */
async function withNamed<T>(name: string, setting: string[], work: (session: Session) => Promise<T>): Promise<T> {
  let one = named.get(name);
  if (!one) named.set(name, (one = { session: new Session(data), isUsed: false, end: undefined }));
  if (one.isUsed)
    throw new ClickHouseException(
      373,
      `Code: 373. DB::Exception: Session ${name} is locked by a concurrent client. (SESSION_IS_LOCKED)`,
    );
  one.isUsed = true;
  clearTimeout(one.end);
  try {
    for (const statement of setting) await one.session.queryAsync(statement);
    return await work(one.session);
  } finally {
    one.isUsed = false;
    one.end = setTimeout(() => {
      named.delete(name);
      one.session.close();
    }, SESSION_MS).unref();
  }
}

/** Runs code with a session that has the settings, database and parameters of a request. */
async function withSession<T>(
  { method, headers }: IncomingMessage,
  parameters: URLSearchParams,
  id: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const settings = settingsOf(parameters);
  const values = [...parameters].filter(([name]) => name.startsWith('param_'));
  const database = parameters.get('database') ?? headers['x-clickhouse-database'];
  const name = parameters.get('session_id');
  if (name !== null) return withNamed(name, [settings, `SET ${assignments([...values, ['log_comment', id]])}`], work);
  const again = method !== 'GET' && !values.length && !database;
  let session = again ? free.get(settings)?.pop() : undefined;
  let whole = false;
  try {
    if (!session) {
      session = new Session(data);
      await session.queryAsync(settings);
      if (typeof database === 'string') await session.queryAsync(`USE \`${database}\``);
      if (values.length) await session.queryAsync(`SET ${assignments([...values, ['log_comment', id]])}`);
      // Safe methods change nothing.
      if (method === 'GET') await session.queryAsync('SET readonly = 2');
    }
    const result = await work(session);
    whole = true;
    return result;
  } finally {
    if (again && whole) free.set(settings, [...(free.get(settings) ?? []), session!]);
    else session?.close();
  }
}

/**
 * The engine gives a query its own id, so the statement begins with the client's id, in a comment. If a statement has
 * parameters, the engine writes it again without comments: then a setting contains the id.
 */
function marked(id: string, statement: string): string {
  return `/* ${id} */ ${statement}`;
}

const ID_OF_CLIENT = "coalesce(nullIf(Settings['log_comment'], ''), extract(query, '^/\\\\* (.*?) \\\\*/'))";

/** A statement that kills queries contains ids of clients. SYNC is removed: the engine would wait for its own end. */
function withIdsOfClients(statement: string): string {
  if (!/^\s*KILL\s+QUERY\b/i.test(statement)) return statement;
  return statement.replace(/\bquery_id\b/g, ID_OF_CLIENT).replace(/\bSYNC\b\s*;?\s*$/i, '');
}

/** Repeats the statement, since the engine finds no query that has not begun yet. */
async function kill(id: string): Promise<void> {
  const session = new Session(data);
  const statement = withIdsOfClients(`KILL QUERY WHERE query_id = ${quoted(id)} ASYNC`);
  for (; running.has(id); await pause(KILL_AGAIN_MS)) await session.queryAsync(statement).catch(() => undefined);
  session.close();
}

async function run(session: Session, id: string, statement: string, format: string): Promise<Result | undefined> {
  try {
    return await session.queryAsync(marked(id, withIdsOfClients(statement)), { format });
  } catch (error) {
    // The engine refuses an insert without rows (108, NO_DATA_TO_INSERT). Here it is no error.
    if ((error as { clickhouseCode?: number }).clickhouseCode === 108 && /^\s*INSERT\b/i.test(statement))
      return undefined;
    throw error;
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams: parameters, search } = new URL(request.url!, 'http://localhost');
  if (pathname === '/ping') return void response.end('Ok.\n');
  const id = parameters.get('query_id') || crypto.randomUUID();
  response.setHeader('X-ClickHouse-Query-Id', id);
  response.setHeader('X-ClickHouse-Server-Display-Name', 'chdb');
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  for (const field of search.split('&')) assertShort(field.slice(field.indexOf('=') + 1));
  assertAllowed(request, parameters);
  const statement = await statementOf(request, parameters);
  if (running.has(id)) {
    throw new ClickHouseException(
      216,
      `Code: 216. DB::Exception: Query with id = ${id} is already running. (QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING)`,
    );
  }
  running.add(id);
  response.once('close', () => {
    const isReadOnly = request.method === 'GET' || Number(parameters.get('readonly')) > 0;
    const cancels = isReadOnly && parameters.get('cancel_http_readonly_queries_on_client_close') === '1';
    if (!response.writableFinished && cancels) void kill(id);
  });
  try {
    const format = parameters.get('default_format') ?? 'TabSeparated';
    const result = await withSession(request, parameters, id, (session) => run(session, id, statement, format));
    await send(response, request, parameters, result);
  } finally {
    running.delete(id);
  }
}

async function send(
  response: ServerResponse,
  { headers }: IncomingMessage,
  parameters: URLSearchParams,
  result: Result | undefined,
): Promise<void> {
  const { rowsRead = 0, bytesRead = 0, elapsed = 0 } = result ?? {};
  const elapsed_ns = String(Math.round(elapsed * 1e9));
  const summary = { read_rows: String(rowsRead), read_bytes: String(bytesRead), elapsed_ns };
  response.setHeader('X-ClickHouse-Summary', JSON.stringify(summary));
  const bytes = result?.bytes() ?? new Uint8Array();
  const accepted = parameters.get('enable_http_compression') === '1' ? (headers['accept-encoding'] as string) : '';
  const encoding = Object.keys(ENCODERS).find((name) => accepted?.includes(name)) as keyof typeof ENCODERS | undefined;
  if (encoding) response.setHeader('Content-Encoding', encoding);
  response.end(encoding ? await ENCODERS[encoding](bytes) : bytes);
}

function sendError(response: ServerResponse, error: Error & { clickhouseCode?: number; code?: unknown }): void {
  const code = error.clickhouseCode ?? (typeof error.code === 'number' ? error.code : 1002);
  const status = Object.keys(STATUSES).find((one) => STATUSES[Number(one)]!.includes(code)) ?? 500;
  response.setHeader('X-ClickHouse-Exception-Code', code);
  response.writeHead(Number(status), { 'Content-Type': 'text/plain; charset=UTF-8' });
  const said = /^Code: /.test(error.message)
    ? error.message
    : `Code: ${code}. DB::Exception: ${error.message} (UNKNOWN_EXCEPTION)`;
  response.end(`${said} (version ${version})\n`);
}

const server = createServer({ maxHeaderSize: LONGEST_ADDRESS }, (request, response) => {
  answer(request, response).catch((error: Error) => sendError(response, error));
}).listen(Number(port), '127.0.0.1');
await once(server, 'listening');
// The engine delays an exit while a query runs.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.send?.({ port: (server.address() as AddressInfo).port });
