import { Buffer } from 'node:buffer';
import { URLSearchParams } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** A request as one text: its address, and its body on the next line. */
export function textOf(request, body) {
  const zipped = request.headers['content-encoding'] === 'gzip' || (body[0] === 0x1f && body[1] === 0x8b);
  return `${request.url}\n${zipped ? gunzipSync(body) : body}`;
}

/** The ways in which trackers write: as it is, as parameters, and as base64 in parameters. */
export function readings(request) {
  const parameters = [...new URLSearchParams(request.split('\n').join('&').replace('?', '&')).values()];
  const decoded = parameters.map((value) => Buffer.from(value, 'base64').toString());
  return [request, ...parameters, ...decoded];
}
