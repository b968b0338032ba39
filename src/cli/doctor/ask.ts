import { request as requestInClearText, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as requestByTls } from 'node:https';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** The longest that an answer may take. A health check of the collector takes 5 seconds at most. */
const TIMEOUT_MS = 10_000;

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/**
 * One request, on a connection of its own.
 * @param isTrusted whether any certificate is accepted: one for a public name is not valid for an address of this machine
 * @throws Error of the connection
 */
export async function ask(
  url: string,
  { token, isTrusted = false }: { token?: string | undefined; isTrusted?: boolean } = {},
): Promise<Answer> {
  const request = url.startsWith('https:') ? requestByTls : requestInClearText;
  const sent = request(url, {
    agent: false,
    rejectUnauthorized: !isTrusted,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), 'user-agent': 'kmq doctor' },
  }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode!, headers: response.headers, body: await text(response) };
}
