import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { GIF } from '../../src/collector/tracking/answers.js';
import { startCollector } from '../support/collector.js';
import { startProxy } from '../support/faults.js';
import { expectStored, filesIn, numbered, openClient } from './support.js';

async function openBehindProxy() {
  const collector = await startCollector();
  const proxy = await startProxy(collector.origin);
  const kmq = await openClient({ collector: proxy.origin });
  return { collector, proxy, kmq };
}

/** The collector's GIF with other dimensions. */
function gifOf(width: number, height: number): Buffer {
  const gif = Buffer.from(GIF);
  gif.writeUInt16LE(width, 6);
  gif.writeUInt16LE(height, 8);
  return gif;
}

/** A spacer GIF without a color table and one with the largest, both 1×1. */
const SMALLEST = Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAACAkwBADs=', 'base64');
const LARGEST = Buffer.concat([
  Buffer.from('GIF87a\x01\0\x01\0\xf7\0\0', 'latin1'),
  Buffer.alloc(768, 0x3b),
  Buffer.from('LAAAAAABAAEAAAICRAEAOw==', 'base64'),
]);

const image = { 'content-type': 'image/gif' };
const page = '<!doctype html><title>Welcome</title><h1>Please log in</h1>';
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

describe('no acknowledgement, and no hit is lost:', () => {
  test.each<[string, Answer]>([
    ['a placeholder of 2×1', { status: 200, headers: image, body: gifOf(2, 1) }],
    ['a placeholder of 1×2', { status: 200, headers: image, body: gifOf(1, 2) }],
    ['a placeholder of 257×257', { status: 200, headers: image, body: gifOf(257, 257) }],
    ['a placeholder of 0×0', { status: 200, headers: image, body: gifOf(0, 0) }],
    ['a PNG of 1×1', { status: 200, headers: { 'content-type': 'image/png' }, body: PNG }],
    ['HTML that says it is a GIF', { status: 200, headers: image, body: page }],
    ['HTML', { status: 200, headers: { 'content-type': 'text/html' }, body: page }],
    ['a page of 200 KB', { status: 200, headers: { 'content-type': 'text/html' }, body: page.padEnd(200_000) }],
    ['a GIF that says it is HTML', { status: 200, headers: { 'content-type': 'text/html' }, body: GIF }],
    ['a GIF that says nothing', { status: 200, body: GIF }],
    ['JSON', { status: 200, headers: { 'content-type': 'application/json' }, body: '{"ok":true}' }],
    ['nothing, with 200', { status: 200, headers: { ...image, 'content-length': '0' } }],
    ['nothing, with 204', { status: 204 }],
    ['the GIF with 201', { status: 201, headers: image, body: GIF }],
    ['the GIF with 203, as a proxy that changes answers', { status: 203, headers: image, body: GIF }],
    ['the GIF with 206', { status: 206, headers: image, body: GIF }],
    ['the GIF with 404', { status: 404, headers: image, body: GIF }],
    ['the GIF with 503', { status: 503, headers: image, body: GIF }],
    ['a redirect', { status: 302, headers: { location: 'https://login.example.com/' } }],
    ['a redirect that keeps the method', { status: 307, headers: { ...image, location: '/e' }, body: GIF }],
    ['a GIF without its end', { status: 200, headers: image, body: GIF.subarray(0, 42) }],
    ['the head of a GIF', { status: 200, headers: image, body: GIF.subarray(0, 10) }],
    ['a GIF and a page', { status: 200, headers: image, body: Buffer.concat([GIF, Buffer.from(page)]) }],
    ['a page and a GIF', { status: 200, headers: image, body: Buffer.concat([Buffer.from(page), GIF]) }],
    ['two GIFs', { status: 200, headers: image, body: Buffer.concat([GIF, GIF]) }],
    ['a page in gzip', { status: 200, headers: { ...image, 'content-encoding': 'gzip' }, body: gzipSync(page) }],
    ['what is no gzip', { status: 200, headers: { ...image, 'content-encoding': 'gzip' }, body: GIF }],
    [
      'a bomb',
      { status: 200, headers: { ...image, 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(20_000_000)) },
    ],
  ])('%s', async (_, answer) => {
    const { collector, proxy, kmq } = await openBehindProxy();
    proxy.fault = () => answer;
    for (const name of numbered(20)) kmq.record('ada', name);
    expect(await kmq.flush()).toBe(false);
    for (const name of numbered(20, 20)) kmq.record('ada', name);
    expect(await kmq.flush()).toBe(false);
    expect(await kmq.flush()).toBe(false);
    // One line, however many attempts there are.
    expect(kmq.errors).toEqual([expect.stringContaining('the collector has not acknowledged them')]);
    expect(kmq.dropped).toBe(0);
    expect(filesIn(kmq.queue).length).toBeGreaterThan(0);
    proxy.fault = () => undefined;
    expect(await kmq.flush()).toBe(true);
    await expectStored(collector, numbered(40));
    expect(kmq.errors).toHaveLength(1);
    expect(filesIn(kmq.queue)).toEqual([]);
  });
});

describe('an acknowledgement:', () => {
  test.each<[string, Record<string, string>, Buffer]>([
    ['the collector’s GIF', image, GIF],
    ['with a type in capitals, and a parameter', { 'content-type': 'Image/GIF; charset=utf-8' }, GIF],
    ['a smaller 1×1 GIF', image, SMALLEST],
    ['a larger one, of 1987', image, LARGEST],
    ['in gzip', { ...image, 'content-encoding': 'gzip' }, gzipSync(GIF)],
    ['in the other gzip', { ...image, 'content-encoding': 'X-GZIP' }, gzipSync(GIF)],
    ['in deflate', { ...image, 'content-encoding': 'deflate' }, deflateSync(GIF)],
    ['in brotli', { ...image, 'content-encoding': 'br' }, brotliCompressSync(GIF)],
    ['in nothing', { ...image, 'content-encoding': 'identity' }, GIF],
  ])('%s', async (_, headers, body) => {
    const { proxy, kmq } = await openBehindProxy();
    proxy.fault = () => ({ status: 200, headers, body });
    kmq.record('ada', 'a');
    expect(await kmq.flush()).toBe(true);
    expect(filesIn(kmq.queue)).toEqual([]);
    expect(kmq.errors).toEqual([]);
  });
});
