import { request as requestInClearText, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as requestByTls } from 'node:https';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** The longest that an answer may take. When its health is asked, the collector waits 5 seconds at most for its store. */
const TIMEOUT_MS = 10_000;

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Asked {
  token?: string | undefined;
  /** Whether any certificate is accepted: one for a public name is not valid for an address of this machine. */
  isTrusted?: boolean;
  method?: string;
  body?: string;
  headers?: Record<string, string>;
}

/** One request, on a separate connection. @throws Error of the connection */
export async function ask(
  url: string,
  { token, isTrusted = false, method = 'GET', body, headers }: Asked = {},
): Promise<Answer> {
  const request = url.startsWith('https:') ? requestByTls : requestInClearText;
  const sent = request(url, {
    agent: false,
    rejectUnauthorized: !isTrusted,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      'user-agent': 'kmq doctor',
      ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    },
  }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode!, headers: response.headers, body: await text(response) };
}
