/*! kmq 0.1.0, nanoid: MIT */
import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';
import { URL } from 'node:url';
import { TextEncoder } from 'node:util';

import { join, basename, dirname, resolve } from 'node:path';
import { webcrypto, createHash } from 'node:crypto';
import { rmdirSync, renameSync, existsSync, mkdirSync, statSync, readFileSync, readlinkSync, writeSync, fstatSync, closeSync, unlinkSync, openSync } from 'node:fs';
import { open as open$1, unlink, writeFile, rename, readFile, utimes, stat, rmdir, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { Agent as Agent$1, request as request$1 } from 'node:http';
import { Agent, request } from 'node:https';
import { gunzipSync, inflateSync, brotliDecompressSync } from 'node:zlib';

/**
 * The paths and parameters of the tracking API (docs/reference.md#3 and docs/reference.md#8.1). Browsers, server-side
 * clients and the collector all take them from here.
 */
/**
 * Several hits in one POST request, kmq's own addition. Each line of the body is the URL of a hit
 * (`/e?_k=…`). Either all of them are acknowledged or none.
 */
const BATCH = '/b';
const KEY = '_k';
const PERSON = '_p';
/** Name of the event; in an alias, the other identity. */
const NAME = '_n';
/** Unix seconds by the sender's clock. It is the time of the hit only together with `_d=1`. */
const TIME = '_t';
const DATED = '_d';
/**
 * Hit id, kmq's own addition: 1 to 64 characters that stay the same however often one hit is sent.
 * A sender whose collector is another implementation of the protocol leaves it out.
 */
const HIT_ID = '_i';
/**
 * Age, kmq's own addition: the seconds from the push of a hit to this attempt to send it. The collector subtracts
 * it from its own clock, so that the time does not depend on the sender's clock. Left out if it rounds to 0.
 */
const AGE = '_a';

let urlAlphabet =
  'useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict';

const POOL_SIZE_MULTIPLIER = 128;
let pool, poolOffset;

function fillPool(bytes) {
  if (bytes < 0) throw new RangeError('Wrong ID size')
  try {
    if (!pool || pool.length < bytes) {
      pool = Buffer.allocUnsafe(bytes * POOL_SIZE_MULTIPLIER);
      webcrypto.getRandomValues(pool);
      poolOffset = 0;
    } else if (poolOffset + bytes > pool.length) {
      webcrypto.getRandomValues(pool);
      poolOffset = 0;
    }
  } catch (e) {
    pool = undefined;
    throw e
  }
  poolOffset += bytes;
}

function nanoid(size = 21) {
  fillPool((size |= 0));

  let id = '';
  for (let i = poolOffset - size; i < poolOffset; i++) {
    id += urlAlphabet[pool[i] & 63];
  }
  return id
}

/** The URL of a hit; anything else in a file is damaged. */
const HIT = /^\/[esa]\?[!-~]+$/;
/** Suffix of a file that replaces another one when it is complete. */
const UNFINISHED = '.new';
/** Reads the hits of a file, and how many of its lines are damaged. Throws what readFile throws. */
async function readSegment(segment) {
    const text = await readFile(segment.path, 'latin1');
    segment.bytes = text.length;
    return hitsIn(text);
}
function hitsIn(text) {
    // Text after the last line end is an incomplete line. The process that wrote it still has the hit in memory.
    const lines = text.split('\n').slice(0, -1);
    const hits = lines.filter((line) => HIT.test(line));
    return { hits, damaged: lines.length - hits.length };
}
/**
 * Removes a file, if it exists. Throws what open throws; then the file is as before.
 * @returns hits that were added since it was read: its process was only suspended
 */
async function removeSegment({ path, bytes }) {
    const file = await open$1(path).catch((error) => {
        if (error.code !== 'ENOENT')
            throw error;
    });
    if (!file)
        return [];
    try {
        await unlink(path).catch(() => { });
        return await addedTo(file, bytes);
    }
    finally {
        await file.close();
    }
}
/**
 * Replaces a file by one that has only these hits. Throws what writeFile, open and rename throw; then the file is as before.
 * @returns hits that were added since it was read
 */
async function replaceSegment(segment, hits) {
    const text = hits.join('\n') + '\n';
    const file = await open$1(segment.path);
    try {
        await writeFile(segment.path + UNFINISHED, text, { mode: 0o600 });
        await rename(segment.path + UNFINISHED, segment.path);
        const added = await addedTo(file, segment.bytes);
        segment.bytes = text.length;
        return added;
    }
    finally {
        await file.close();
    }
}
/**
 * The hits that were added to a file since it was read. Call it after the file has lost its name: a process that adds a hit later notices
 * that, and writes the hit to another file.
 * @param bytes the size of the file when it was read
 */
async function addedTo(file, bytes) {
    if ((await file.stat()).size <= bytes)
        return [];
    const text = await file.readFile('latin1');
    return hitsIn(text.slice(text.lastIndexOf('\n', bytes - 1) + 1)).hits;
}

/** A process that has not touched its folder for this long counts as ended; each process touches its folder every 20 seconds. */
const ABANDONED_MS = 90_000;
/** A process that has not touched its own folder for this long checks before it writes whether its file is still there. */
const DOUBTFUL_MS = 30_000;
const OWNER = /^([0-9a-f]{10})-(\d+)-[\w-]{8}$/;
/** Prefix of the folder of a client that was closed: any process may take its files. */
const LEFT = 'left-';
/** The name of a segment: the time by the clock of its process, in Unix milliseconds, and the client. The clock may be wrong. */
const SEGMENT = /^-?\d+-[\w-]{8}\.hits$/;
/** When a segment was begun, in Unix milliseconds, by its path. */
function momentOf(path) {
    return parseInt(basename(path));
}
/**
 * Makes a folder, and those above it that are missing. With `recursive`, mkdirSync of Node never returns on a file system that answers
 * ENOENT although the folder above exists, such as `/proc`: the application would hang.
 */
function makeFolder(path) {
    if (!existsSync(dirname(path)))
        makeFolder(dirname(path));
    try {
        mkdirSync(path, { mode: 0o700 });
    }
    catch (error) {
        if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
            throw error;
    }
}
/**
 * A client's own folder in the queue, named after the process. No other process writes into it. When the process has ended,
 * another one takes its files, each by a rename: if two try the same file, only one succeeds.
 *
 * On the same machine and in the same namespace of process ids, it is known at once that a process has ended. Elsewhere, such as in
 * containers that share a volume, the time of its folder tells. A process that was only suspended loses nothing: it checks before
 * it writes, and a process that has taken one of its files checks the file before removing it.
 */
class Folder {
    root;
    path;
    id = nanoid(8);
    touched = 0;
    latest = 0;
    constructor(root) {
        this.root = root;
        this.path = join(root, `${machine()}-${process.pid}-${this.id}`);
    }
    /** Makes the folder if it is missing. Other users cannot read it. Throws what mkdir throws. */
    make(now) {
        makeFolder(this.path);
        this.touched = now;
    }
    /** The path of a new segment, which sorts after all earlier ones. */
    newSegment(now) {
        this.latest = Math.max(this.latest + 1, now);
        return join(this.path, `${this.latest}-${this.id}.hits`);
    }
    /** Whether another process may believe that this one has ended. */
    isDoubtful(now) {
        return Math.abs(now - this.touched) > DOUBTFUL_MS;
    }
    /** Shows other processes that this one is running. */
    async touch() {
        const now = Date.now();
        await utimes(this.path, now / 1000, now / 1000).then(() => (this.touched = now), 
        // The folder is gone, perhaps since another process believes that this one has ended.
        () => (this.touched = -Infinity));
    }
    /**
     * The segments of processes that have ended, oldest first. Any process may take them.
     * @param fault called with a folder that cannot be read
     */
    async orphans(fault) {
        const found = [];
        const list = (path, isFine) => readdir(path).catch((error) => {
            if (!isFine(error.code))
                fault(path, error);
            return [];
        });
        // If the queue is no folder, a write into it will report the error.
        for (const name of await list(this.root, (code) => code === 'ENOENT' || code === 'ENOTDIR')) {
            const other = join(this.root, name);
            if (other === this.path || !(await isOrphan(name, other)))
                continue;
            const left = await this.leave(name);
            // If the folder does not exist, another process has taken it.
            for (const file of await list(left, (code) => code === 'ENOENT')) {
                const path = join(left, file);
                if (file.endsWith(UNFINISHED))
                    await unlink(path).catch(() => { });
                if (!SEGMENT.test(file))
                    continue;
                const { size } = await stat(path).catch(() => ({ size: 0 }));
                found.push({ path, bytes: size });
            }
            await rmdir(left).catch(() => { });
        }
        return found.sort((a, b) => momentOf(a.path) - momentOf(b.path));
    }
    /**
     * Takes a segment of a process that has ended. Throws what mkdir and rename throw: ENOENT if another process was faster.
     * @returns its new path
     */
    async take(path) {
        this.make(Date.now());
        const mine = join(this.path, basename(path));
        await rename(path, mine);
        await rmdir(dirname(path)).catch(() => { });
        return mine;
    }
    /**
     * Gives the folder of a process that has ended the name of one that was left: taking some of its files changes its time, and it would
     * look like the folder of a running process again.
     * @returns the path of the folder
     */
    leave(name) {
        const path = join(this.root, name);
        if (name.startsWith(LEFT))
            return Promise.resolve(path);
        const left = join(this.root, LEFT + nanoid());
        return rename(path, left).then(() => left, () => path);
    }
    /** Leaves the files to the next process, and removes the folder if it is empty. */
    release() {
        try {
            rmdirSync(this.path);
        }
        catch {
            try {
                renameSync(this.path, join(this.root, LEFT + nanoid()));
            }
            catch {
                // The folder was never made.
            }
        }
    }
}
async function isOrphan(name, path) {
    const [, where, pid] = OWNER.exec(name) ?? [];
    if (!where)
        return name.startsWith(LEFT);
    if (where === machine() && Number(pid) !== process.pid && !isAlive(Number(pid)))
        return true;
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    return Date.now() - mtimeMs > ABANDONED_MS;
}
function isAlive(pid) {
    try {
        process.kill(pid, 0);
        return true;
    }
    catch (error) {
        return error.code !== 'ESRCH';
    }
}
let known = '';
/** Where a process id means one process: on this machine, and on Linux since its boot and in this namespace of ids. */
function machine() {
    if (known)
        return known;
    const facts = [
        hostname(),
        attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
        attempt(() => readlinkSync('/proc/self/ns/pid')),
    ];
    return (known = createHash('sha256').update(facts.join(' ')).digest('hex').slice(0, 10));
}
function attempt(read) {
    try {
        return read();
    }
    catch {
        return '';
    }
}

/**
 * The text of one property value, or undefined if the value is not sent (docs/reference.md#3.1):
 * null is empty, an object with a method `join` is joined by commas, a date is ISO 8601 in UTC, other objects, functions and
 * invalid dates are not sent, anything else is converted to a string.
 */
function toText(value) {
    if (value === null)
        return '';
    if (Object(value) !== value)
        return String(value);
    // Recognized by their methods: arrays and dates of other frames are not instances of this frame's classes.
    const able = value;
    try {
        if (able.toISOString)
            return isNaN(value) ? undefined : able.toISOString();
        return able.join?.();
    }
    catch {
        // It is the window of another site, for example, or its member `join` is no method. The other properties are still sent.
        return undefined;
    }
}
/**
 * Percent-encodes as the reference says (encodeURIComponent; a space is `%20`). Half of a surrogate
 * pair, which encodeURIComponent refuses, becomes U+FFFD as in every URL
 * (https://infra.spec.whatwg.org/#javascript-string-convert).
 */
function percentEncode(text) {
    // With the u flag, a character class of surrogates matches only unpaired ones.
    return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
}
/** Parameters as a query, in their order. Values for which `toText` returns undefined are left out. */
function encodeQuery(parameters) {
    return Object.entries(parameters)
        .flatMap(([name, value]) => {
        const text = toText(value);
        return text === undefined ? [] : percentEncode(name) + '=' + percentEncode(text);
    })
        .join('&');
}
/** The URL of a hit without the collector's origin: path and query. */
function encodeHit(path, parameters) {
    return path + '?' + encodeQuery(parameters);
}

/**
 * The id of a hit as kmq's own clients make it: the time of the push in Unix milliseconds, a counter of 3 digits, 10 random
 * characters. So the ids of one sender sort in the order of the pushes, unless the counter begins again within a millisecond. Other
 * clients may use any ids.
 */
const PLACES = 1000;
/** Digits of time and counter together, from September 2001 to the year 2286. Earlier times are padded with zeros. */
const DIGITS = 16;
/**
 * @param count how many hits the sender has made before this one, in all or in this millisecond
 * @param random ten characters, so that hits which several senders push in the same millisecond have different ids
 */
function createHitId(pushedMs, count, random) {
    // The product is an exact integer in JavaScript: it stays below 2^53 until the year 2255.
    return String(pushedMs * PLACES + (count % PLACES)).padStart(DIGITS, '0') + random;
}

/** Event names, property names and identities, in Unicode code points (docs/reference.md#8.2 and docs/reference.md#8.5). */
const NAME_CHARACTERS = 255;
/** One property value, in bytes of UTF-8 (docs/reference.md#8.2). */
const VALUE_BYTES = 8192;
const HIT_ID_CHARACTERS = 64;
/** 2009-01-01T00:00:00Z in Unix seconds; nothing older is stored (docs/reference.md#8.3). */
const EARLIEST_TIME = 1_230_768_000;
/** The most bytes of a request's head (URL and headers), and of its body. A longer one is refused, never cut. */
const REQUEST_BYTES = 1024 * 1024;
/** The most hits in one batch, so that a megabyte of empty lines does not delay other requests. */
const BATCH_HITS = 2000;

/** A code point is two UTF-16 units at most, so no more than these are looked at, however long the text is. */
const NAME_UNITS = 2 * NAME_CHARACTERS;
/** True for more than 255 code points. `length` counts UTF-16 units, of which an emoji has two. */
function isLongName(text) {
    return text.length > NAME_CHARACTERS && (text.length > NAME_UNITS || [...text].length > NAME_CHARACTERS);
}
const encoder = new TextEncoder();
const buffer = new Uint8Array(VALUE_BYTES);
/** True for more than 8,192 bytes of UTF-8. */
function isLongValue(text) {
    // A UTF-16 unit takes one to three bytes of UTF-8: most texts can be judged by their length, without encoding them.
    if (text.length * 3 <= VALUE_BYTES)
        return false;
    return text.length > VALUE_BYTES || encoder.encodeInto(text, buffer).read < text.length;
}
/** The longest beginning of whole code points that fits into 8,192 bytes of UTF-8. */
function cutValue(text) {
    return text.slice(0, encoder.encodeInto(text, buffer).read);
}

/** Half of a request, so that nearly any two hits fit into one. */
const MOST_CHARACTERS$1 = REQUEST_BYTES / 2;
const FIELDS = [KEY, PERSON, NAME, AGE];
/** When the latest hit was made, and how many hits were made before it in the same millisecond. */
let latest = 0;
let count = 0;
/**
 * A call as the URL of a hit. It contains the time of the call, which counts however late the hit is sent, and an id, so that
 * the hit counts once however often it is sent. Ids begin with the time, so that hits of one second keep their order.
 * @throws TypeError, with a reason, for an invalid person, name, property or time, and for a hit that would be another person's
 */
function toHit(path, key, person, name, properties, now) {
    const fields = { [KEY]: key, [PERSON]: identity(person, 'person') };
    if (path === '/a')
        fields[NAME] = identity(name, 'other identity');
    if (path === '/e')
        fields[NAME] = text(name, 'name of the event');
    const given = ownProperties(properties);
    if (path === '/s' && !Object.keys(given).some((property) => !isMoment(property)))
        throw new TypeError('nothing to set: there is no property');
    const address = encodeHit(path, {
        ...fields,
        [TIME]: Math.floor(now / 1000),
        [DATED]: 1,
        [HIT_ID]: createHitId(now, placeIn(now), nanoid(10)),
        ...given,
    });
    if (address.length > MOST_CHARACTERS$1)
        throw new TypeError(`a hit of ${address.length} characters is too long`);
    return address;
}
/**
 * How many hits were made in this millisecond before. A counter that goes on would begin again within a millisecond, and the
 * hits after that would sort before the hits before it.
 */
function placeIn(now) {
    count = now === latest ? count + 1 : 0;
    latest = now;
    return count;
}
/** A text that is not empty. Numbers are accepted, since ids often are numbers. */
function text(value, what) {
    if (typeof value === 'number' && Number.isFinite(value))
        return String(value);
    if (typeof value !== 'string') {
        const given = typeof value === 'number' ? value : typeof value;
        throw new TypeError(`the ${what} must be a string or a finite number, not ${given}`);
    }
    if (value.trim() === '')
        throw new TypeError(`the ${what} is blank`);
    return value;
}
function identity(value, what) {
    const id = text(value, what);
    acceptable(id, what);
    return id;
}
/** @throws TypeError for a key or an identity that is too long, or that the collector would store as another one */
function acceptable(text, what) {
    if (isLongName(text))
        throw new TypeError(`the ${what} is longer than ${NAME_CHARACTERS} characters`);
    wellFormed(text, what);
}
/** Refuses an unpaired surrogate: it would be sent as U+FFFD, and the identities of two people could become the same. */
function wellFormed(text, what) {
    if (/[\ud800-\udfff]/u.test(text))
        throw new TypeError(`the ${what} contains half of a surrogate pair`);
}
/** Whether a property sets the time or the id of the hit. */
function isMoment(name) {
    return name === TIME || name === DATED || name === HIT_ID;
}
/** @throws TypeError for what the collector would leave out: then the hit would have another time, or each repeat would count */
function moment(name, value) {
    if (name === TIME)
        return seconds(value);
    if (name === HIT_ID)
        return hitId(value);
    // Code for KISSmetrics sends it beside `_t`. Here `_t` is always the time of the hit.
    if (value !== 1 && value !== '1')
        throw new TypeError(`${DATED} must be 1, or left out`);
    return value;
}
function hitId(value) {
    const what = 'hit id';
    const id = text(value, what);
    if (id.length > HIT_ID_CHARACTERS)
        throw new TypeError(`the ${what} is longer than ${HIT_ID_CHARACTERS} characters`);
    wellFormed(id, what);
    if (id.includes('\ufffd'))
        throw new TypeError(`the ${what} contains U+FFFD, the sign for bytes that could not be read`);
    return id;
}
/** Whether a time is in the future is left to the collector, since this machine's clock may be wrong. */
function seconds(value) {
    const given = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof given === 'number' && given >= EARLIEST_TIME && given < EARLIEST_TIME * 1000)
        return Math.floor(given);
    const what = typeof given === 'number' ? given : typeof given;
    throw new TypeError(`${TIME} must be a time from 2009 on in Unix seconds (not milliseconds), not ${what}`);
}
function ownProperties(properties) {
    if (properties === undefined || properties === null)
        return {};
    if (typeof properties !== 'object' || Array.isArray(properties))
        throw new TypeError('properties must be an object');
    const given = {};
    for (const [name, value] of Object.entries(properties)) {
        // Properties may come from a visitor, who must not be able to set the person.
        if (FIELDS.includes(name))
            throw new TypeError(`${name} cannot be the name of a property`);
        if (value === undefined)
            continue;
        if (isMoment(name)) {
            // As in a body of JSON, null means that there is none.
            if (value !== null)
                given[name] = moment(name, value);
            continue;
        }
        // The collector would cut it as well, but a hundred long values would not fit into a request.
        given[name] = typeof value === 'string' && isLongValue(value) ? cutValue(value) : value;
    }
    return given;
}

/** The longest time by which the end of a process is delayed. */
const EXIT_TIMEOUT_MS = 10_000;
const all = new Set();
/**
 * Sends waiting hits once when a process has nothing more to do. If that fails, the process ends, and the next one sends them.
 * After a signal or `process.exit()` nothing is sent, since both belong to the application: waiting hits stay in their file.
 * @returns a function that removes this again
 */
function flushBeforeExit(leaving) {
    if (!all.size)
        process.on('beforeExit', flushAll).on('exit', leaveAll);
    all.add(leaving);
    return () => {
        all.delete(leaving);
        if (!all.size)
            process.off('beforeExit', flushAll).off('exit', leaveAll);
    };
}
/** How many clients are open in this process. */
function openClients() {
    return all.size;
}
function flushAll() {
    for (const { waits, flush, giveUp } of all) {
        if (!waits())
            continue;
        void flush(EXIT_TIMEOUT_MS).then((delivered) => {
            if (!delivered)
                giveUp();
        });
    }
}
function leaveAll() {
    for (const { exit } of all)
        exit();
}

/** More than any GIF of 1×1 needs: a header of 13 bytes, two color tables of 768, and a few small blocks. */
const MOST_ACKNOWLEDGEMENT_BYTES = 4096;
/** The signature, the width and height, and the flags of the color table. */
const HEAD_BYTES = 13;
const DECODERS = new Map([
    ['gzip', gunzipSync],
    ['x-gzip', gunzipSync],
    ['deflate', inflateSync],
    ['br', brotliDecompressSync],
]);
/**
 * Whether an answer with 200 is the collector's acknowledgement: a complete image of 1×1 with no byte after it. A login page, the
 * page of a captive portal or a block list, a placeholder image and an incomplete answer are none. An image of 1×1 from another
 * server cannot be recognised.
 */
function isAcknowledgement(headers, body) {
    if (!/^image\/gif\s*(;|$)/i.test(headers['content-type'] ?? ''))
        return false;
    const gif = decoded(headers['content-encoding'], body);
    if (!gif || gif.length < HEAD_BYTES || !/^GIF8[79]a$/.test(gif.toString('latin1', 0, 6)))
        return false;
    return gif.readUInt16LE(6) === 1 && gif.readUInt16LE(8) === 1 && endOfGif(gif) === gif.length;
}
/** The body, decompressed if a proxy has compressed it without being asked; undefined if it cannot be read. */
function decoded(encoding, body) {
    if (!encoding || /^identity$/i.test(encoding))
        return body;
    try {
        return DECODERS.get(encoding.toLowerCase())?.(body, { maxOutputLength: MOST_ACKNOWLEDGEMENT_BYTES });
    }
    catch {
        return undefined;
    }
}
/**
 * The index after a GIF's last byte, found by its blocks (https://www.w3.org/Graphics/GIF/spec-gif89a.txt); NaN if it is
 * incomplete.
 */
function endOfGif(gif) {
    let at = HEAD_BYTES + tableBytes(gif[10]);
    for (;;) {
        switch (gif[at]) {
            case 0x3b: // The trailer.
                return at + 1;
            case 0x21: // An extension: its label, then its data.
                at = endOfData(gif, at + 2);
                break;
            case 0x2c: // An image: nine bytes of head, a table, the first code's size, then its data.
                at = endOfData(gif, at + 11 + tableBytes(gif[at + 9]));
                break;
            default:
                return NaN;
        }
    }
}
/** The length of the color table that these flags announce. */
function tableBytes(flags = 0) {
    return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}
/** The index after the data: blocks, each with its length in front; the last one is empty. */
function endOfData(gif, at) {
    while (gif[at])
        at += gif[at] + 1;
    return at + 1;
}

/** How long an answer may take. */
const REQUEST_TIMEOUT_MS = 15_000;
/** How many bytes are read of an answer that is no acknowledgement. It is read so that its connection can be used again. */
const MOST_ANSWER_BYTES = 65_536;
/** The longest pause by a collector's Retry-After that is respected. */
const LONGEST_RETRY_AFTER_SECONDS = 3600;
const STRANGE = 'something that is not the GIF of a collector';
/** An answer that acknowledges nothing. */
class NotAcknowledged extends Error {
    status;
    retryAfter;
    constructor(message, status, 
    /** Seconds to wait before the next request, by `Retry-After` (RFC 9110, section 10.2.3). */
    retryAfter) {
        super(message);
        this.status = status;
        this.retryAfter = retryAfter;
    }
    /** True if the fault is in the request, so that the same request would fail again. */
    get isBlock() {
        return this.status >= 400 && this.status < 500 && ![401, 404, 407, 408, 425, 429].includes(this.status);
    }
    /** True if the collector, or something in front of it, asks for a pause, whatever the hit. */
    get isPause() {
        return this.retryAfter > 0 || this.status === 429 || this.status === 503;
    }
}
/**
 * Sends bodies to one URL. Its connections are kept open. They do not keep the process running, not even during a request:
 * flushBeforeExit decides how long a process waits for its hits.
 */
class Poster {
    url;
    current;
    agent;
    /** @throws TypeError for a URL that is not http or https */
    constructor(url) {
        this.url = url;
        if (!/^https?:$/.test(url.protocol))
            throw new TypeError(`The collector's URL must begin with http: or https:, and not with ${url.protocol}`);
        this.agent = url.protocol === 'https:' ? new Agent({ keepAlive: true }) : new Agent$1({ keepAlive: true });
    }
    /**
     * Resolves once the collector has acknowledged the body: with 200 and all of its GIF.
     * @throws NotAcknowledged for any other answer, Error if there was none
     */
    async post(body) {
        try {
            await this.attempt(body);
        }
        catch (error) {
            // The collector closed an idle connection at the moment when it was used again:
            // https://nodejs.org/api/http.html#requestreusedsocket
            const { reusedSocket } = this.current ?? {};
            if (!reusedSocket || error.code !== 'ECONNRESET')
                throw error;
            await this.attempt(body);
        }
    }
    /** Aborts the current request. */
    abort() {
        this.current?.destroy(new Error('the request was aborted'));
    }
    close() {
        this.agent.destroy();
    }
    attempt(body) {
        return new Promise((resolve, reject) => {
            const send = this.url.protocol === 'https:' ? request : request$1;
            const request$2 = send(this.url, {
                method: 'POST',
                agent: this.agent,
                headers: {
                    'Content-Type': 'text/plain',
                    'Content-Length': Buffer.byteLength(body),
                    // Without this header a server may compress (https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3).
                    'Accept-Encoding': 'identity',
                },
            });
            this.current = request$2;
            const late = () => request$2.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS / 1000} seconds`));
            const timer = setTimeout(late, REQUEST_TIMEOUT_MS).unref();
            const settle = (error) => {
                if (error)
                    reject(error);
                else
                    resolve();
            };
            request$2.on('socket', (socket) => socket.unref());
            request$2.on('error', settle);
            request$2.on('close', () => {
                clearTimeout(timer);
                // After a switch to another protocol, none of the events below is fired.
                settle(new Error('the connection was closed before the answer'));
            });
            request$2.on('response', (response) => {
                const { statusCode: status, headers } = response;
                const chunks = [];
                let size = 0;
                // An answer that breaks off may have been an acknowledgement, so it is not judged here. An answer whose status or length
                // shows that it is none is judged at once, since a firewall's page may be very long.
                const reject = (what) => settle(new NotAcknowledged(`answered with ${what}`, status, retryAfter(headers['retry-after'])));
                if (status !== 200)
                    reject(`${status}${headers.location ? ` and the URL ${headers.location}` : ''}`);
                response.on('data', (chunk) => {
                    size += chunk.length;
                    if (size <= MOST_ACKNOWLEDGEMENT_BYTES)
                        chunks.push(chunk);
                    else
                        reject(STRANGE);
                    if (size > MOST_ANSWER_BYTES)
                        request$2.destroy();
                });
                response.on('error', settle);
                response.on('close', () => settle(response.complete ? undefined : new Error('the answer is incomplete')));
                response.on('end', () => {
                    if (isAcknowledgement(headers, Buffer.concat(chunks)))
                        settle();
                    else
                        reject(STRANGE);
                });
            });
            request$2.end(body);
        });
    }
}
/** Seconds, given as their number or as a date. */
function retryAfter(header) {
    if (!header)
        return 0;
    const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
    return Math.min(Math.max(seconds || 0, 0), LONGEST_RETRY_AFTER_SECONDS);
}

/** The most characters that are kept in memory while the disk cannot be written. */
const MOST_CHARACTERS = 2_000_000;
/** Hits that are kept in memory, since the disk could not be written: the newest ones, up to a limit. */
class MemoryHits {
    hits = [];
    characters = 0;
    get length() {
        return this.hits.length;
    }
    /** All of them, oldest first. */
    get all() {
        return this.hits;
    }
    /** Adds newer hits. @returns how many hits were evicted, the oldest ones */
    add(newer) {
        this.hits.push(...newer);
        return this.evict(newer);
    }
    /** Takes older hits back. @returns how many hits were evicted, the oldest ones */
    putBack(older) {
        this.hits = [...older, ...this.hits];
        return this.evict(older);
    }
    /** Removes all of them. */
    take() {
        const { hits } = this;
        this.hits = [];
        this.characters = 0;
        return hits;
    }
    evict(added) {
        for (const hit of added)
            this.characters += hit.length;
        if (this.characters <= MOST_CHARACTERS)
            return 0;
        let count = 0;
        // A tenth more than necessary, so that this does not happen with each hit.
        while (this.characters > MOST_CHARACTERS * 0.9)
            this.characters -= this.hits[count++].length;
        this.hits.splice(0, count);
        return count;
    }
}

/** Writes hits into the newest file of the queue. A file that is complete, or was taken by another process, is not written again. */
class SegmentWriter {
    folder;
    mostBytes;
    onSealed;
    active;
    /**
     * @param mostBytes of a file, unless one write has more
     * @param onSealed called with each file that is complete
     */
    constructor(folder, mostBytes, onSealed) {
        this.folder = folder;
        this.mostBytes = mostBytes;
        this.onSealed = onSealed;
    }
    /** Bytes of the file that is being written; 0 if there is none. */
    get bytes() {
        return this.active?.bytes ?? 0;
    }
    /** Completes the current file if it has no room for so many bytes more, or if another process has taken it. */
    sealIfNecessary(bytes, now) {
        if (!this.active)
            return;
        const isTaken = this.folder.isDoubtful(now) && !existsSync(this.active.path);
        if (isTaken || this.active.bytes + bytes > this.mostBytes)
            this.seal(isTaken);
    }
    /**
     * Appends whole lines.
     * @param text ASCII, so that its length is its number of bytes
     * @throws what openSync and writeSync throw, and if only a part was written; then the file is complete
     */
    write(text, now) {
        const active = (this.active ??= this.open(now));
        try {
            if (writeSync(active.fd, text) < text.length)
                throw new Error('the disk is full: only part of a hit was written');
        }
        catch (error) {
            // The file may now end with part of a line, which readers skip.
            this.seal();
            throw error;
        }
        active.bytes += text.length;
        if (fstatSync(active.fd).nlink || existsSync(active.path))
            return;
        // Another process believed that this one had ended, since their clocks differ, and has sent and removed the file.
        this.seal(true);
        this.write(text, now);
    }
    /**
     * Completes the current file, if there is one.
     * @param isTaken another process has taken the file, and sends it
     */
    seal(isTaken = false) {
        if (!this.active)
            return;
        const { fd, path, bytes } = this.active;
        this.active = undefined;
        try {
            closeSync(fd);
            if (!bytes)
                unlinkSync(path);
        }
        catch {
            // The file or the disk is gone.
        }
        if (bytes && !isTaken)
            this.onSealed({ path, bytes });
    }
    open(now) {
        this.folder.make(now);
        const path = this.folder.newSegment(now);
        return { path, bytes: 0, fd: openSync(path, 'ax', 0o600) };
    }
}

/** When a file has so many bytes, or a quarter of all bytes that are allowed, the next one is begun. */
const SEGMENT_BYTES = 262_144;
/** How long to wait after a failed write to the disk before the next one. */
const DISK_PAUSE_MS = 1000;
/** How long to wait after a file could not be read before the next attempt. */
const UNREADABLE_PAUSE_MS = 60_000;
/**
 * Hits that the collector has not acknowledged, one a line, in files. Hits are added to the newest file only; a file is sent as a
 * whole, and removed as a whole unless some of its hits are blocked. When the queue is full, the oldest file is dropped.
 */
class Queue {
    folder;
    limits;
    report;
    /** How many hits were dropped, for whatever reason. */
    dropped = 0;
    writer;
    /** The files that are complete, but for those that are being sent. */
    sealed = [];
    /** Bytes of these files. */
    sealedBytes = 0;
    memory = new MemoryHits();
    /** Hits of the memory that are being sent. */
    lent = [];
    /** What could not be read, so that it is reported once. */
    troubles = new Set();
    /** Whether files of processes that have ended wait until this process has room for them. */
    hasOrphans = false;
    isClosed = false;
    /** Until when nothing is written to the disk, by the monotonic clock; 0 while writes succeed. */
    diskPause = 0;
    constructor(folder, limits, report) {
        this.folder = folder;
        this.limits = limits;
        this.report = report;
        // Only whole files are dropped, so one file must not fill the queue.
        const mostBytes = Math.min(SEGMENT_BYTES, limits.maxBytes / 4);
        this.writer = new SegmentWriter(folder, mostBytes, (segment) => this.add(segment));
    }
    get isEmpty() {
        return !this.writer.bytes && !this.sealed.length && !this.memory.length;
    }
    /**
     * Keeps a hit: in a file before this returns, so that it survives the process, or in memory if no file can be written. One write
     * into the system's page cache costs about a microsecond. Files are not synced, so a power failure may lose hits.
     */
    append(line, now) {
        if ((this.diskPause && performance.now() < this.diskPause) || !this.store([...this.memory.all, line], now))
            this.noteEvicted(this.memory.add([line]));
    }
    /** Milliseconds until a hit may be sent: 0 unless all hits are held back. */
    get pauseMs() {
        if (this.writer.bytes || this.memory.length)
            return 0;
        const next = Math.min(...this.sealed.map(({ heldUntil = 0 }) => heldUntil));
        return this.sealed.length ? Math.max(0, next - performance.now()) : 0;
    }
    /**
     * Takes the next hits to send, oldest first; hits that are held back come after all others. Undefined if none may be sent.
     * The caller removes them or puts them back.
     */
    async next() {
        this.expire();
        for (;;) {
            const now = performance.now();
            let index = this.sealed.findIndex(({ heldUntil }) => heldUntil === undefined);
            if (index < 0 && this.writer.bytes) {
                this.writer.seal();
                index = this.sealed.length - 1;
            }
            if (index < 0 && !this.memory.length)
                index = this.sealed.findIndex(({ heldUntil }) => heldUntil <= now);
            const [segment] = index < 0 ? [] : this.sealed.splice(index, 1);
            if (!segment) {
                if (this.hasOrphans && (await this.adopt()))
                    continue;
                break;
            }
            this.sealedBytes -= segment.bytes;
            const lines = await this.read(segment);
            if (lines === 'unreadable')
                this.putBack({ lines: [], segment }, UNREADABLE_PAUSE_MS);
            else if (lines?.length)
                return { lines, segment };
            else if (lines)
                await this.remove({ lines, segment });
        }
        const lines = (this.lent = this.memory.take());
        return lines.length ? { lines } : undefined;
    }
    /** Forgets hits that have been acknowledged. */
    async remove(batch) {
        const { segment } = batch;
        if (!segment) {
            this.lent = [];
            return;
        }
        try {
            this.keep(await removeSegment(segment));
        }
        catch {
            // It is sent again when it can be opened. By their ids, its hits count once.
            this.putBack(batch, UNREADABLE_PAUSE_MS);
        }
    }
    /**
     * Takes hits back that have not been acknowledged.
     * @param pauseMs if given, the hits are held back for so long, and others are sent first
     */
    putBack({ segment, lines }, pauseMs) {
        if (!segment) {
            this.lent = [];
            return this.noteEvicted(this.memory.putBack(lines));
        }
        this.sealedBytes += segment.bytes;
        const heldUntil = pauseMs === undefined ? {} : { heldUntil: performance.now() + pauseMs };
        this.sealed.unshift({ path: segment.path, bytes: segment.bytes, ...heldUntil });
    }
    /** Takes back only those hits of a batch that were not acknowledged, and removes the others. */
    async putSomeBack(batch, lines, pauseMs) {
        const { segment } = batch;
        if (!segment || lines.length === batch.lines.length)
            return this.putBack({ ...batch, lines }, pauseMs);
        try {
            this.keep(await replaceSegment(segment, lines));
        }
        catch {
            // Then the whole file is sent again. By their ids, hits that were stored already count once.
        }
        this.putBack({ segment, lines }, pauseMs);
    }
    /**
     * Takes the files of processes that have ended, oldest first, while there is room. The others wait where they are, for this process
     * or another one.
     * @returns whether there are more files to send
     */
    async adopt() {
        const before = this.sealed.length;
        this.hasOrphans = false;
        const fault = (path, error) => this.reportOnce(path, `hits that another process left cannot be taken from ${path}`, error);
        for (const { path, bytes } of await this.folder.orphans(fault)) {
            // A file that a closed client takes into its folder would wait there until this process ends.
            if (this.isClosed)
                break;
            // A file larger than the limit, which was higher in the process that wrote it, is taken when this process has no others.
            if (this.bytes && this.bytes + bytes > this.limits.maxBytes) {
                this.hasOrphans = true;
                break;
            }
            try {
                this.add({ path: await this.folder.take(path), bytes });
            }
            catch (error) {
                if (error.code !== 'ENOENT')
                    fault(dirname(path), error);
            }
        }
        this.sealed.sort((a, b) => momentOf(a.path) - momentOf(b.path));
        return this.sealed.length > before;
    }
    /** Writes the hits in memory to the disk, if there are any and it works again. */
    save() {
        if (this.memory.length)
            this.store(this.memory.all, Date.now());
    }
    /** Writes the hits in memory to the disk, if possible, and leaves all files to the next client. */
    close() {
        this.isClosed = true;
        // Those that are being sent may not arrive. If they do, they count once by their ids.
        const lines = [...this.lent, ...this.memory.all];
        this.lent = [];
        if (lines.length && !this.store(lines, Date.now()))
            this.drop(lines.length, 'the disk cannot be written');
        this.writer.seal();
        this.folder.release();
    }
    /** Counts and reports hits that will never be sent. */
    drop(hits, why) {
        if (!hits)
            return;
        this.dropped += hits;
        this.report(`${hits} hits dropped, ${this.dropped} so far: ${why}`);
    }
    /** Appends lines to the current file. False if that fails; then nothing is written for a while. */
    store(lines, now) {
        const text = lines.join('\n') + '\n';
        try {
            this.writer.sealIfNecessary(text.length, now);
            this.evictFor(text.length);
            this.writer.write(text, now);
            this.memory.take();
            this.diskPause = 0;
            return true;
        }
        catch (error) {
            if (!this.diskPause)
                this.report(`hits are kept in memory, because ${this.folder.path} cannot be written`, error);
            this.diskPause = performance.now() + DISK_PAUSE_MS;
            return false;
        }
    }
    /** Keeps hits that were added to a file while it was removed. */
    keep(lines) {
        for (const line of lines)
            this.append(line, Date.now());
    }
    add(segment) {
        this.sealedBytes += segment.bytes;
        this.sealed.push(segment);
    }
    /** The hits of a file; undefined if it does not exist, since another process has taken it. */
    async read(segment) {
        try {
            const { hits, damaged } = await readSegment(segment);
            this.troubles.delete(segment.path);
            this.drop(damaged, `${segment.path} is damaged`);
            return hits;
        }
        catch (error) {
            if (error.code === 'ENOENT')
                return undefined;
            // Perhaps too many files are open, or somebody has changed its owner for a moment.
            this.reportOnce(segment.path, `${segment.path} cannot be read`, error);
            return 'unreadable';
        }
    }
    reportOnce(path, message, error) {
        if (this.troubles.has(path))
            return;
        this.troubles.add(path);
        this.report(message, error);
    }
    noteEvicted(hits) {
        this.drop(hits, 'the queue cannot be written, and the memory for hits is full');
    }
    get bytes() {
        return this.sealedBytes + this.writer.bytes;
    }
    evictFor(bytes) {
        while (this.bytes + bytes > this.limits.maxBytes && this.sealed.length)
            void this.discard(this.sealed.shift(), `the queue is full, at ${this.limits.maxBytes} bytes`);
    }
    expire() {
        const oldest = Date.now() - this.limits.maxAge * 1000;
        // The clock of a machine without a battery begins in 1970, until it is set.
        const isOld = ({ path }) => momentOf(path) < oldest && momentOf(path) >= EARLIEST_TIME * 1000;
        const old = this.sealed.filter(isOld);
        this.sealed = this.sealed.filter((segment) => !isOld(segment));
        for (const segment of old)
            void this.discard(segment, `they waited for more than ${this.limits.maxAge} seconds`);
    }
    async discard(segment, why) {
        this.sealedBytes -= segment.bytes;
        const lines = await this.read(segment);
        try {
            this.keep(await removeSegment(segment));
        }
        catch {
            await unlink(segment.path).catch(() => { });
        }
        if (lines === 'unreadable')
            this.report(`${segment.bytes} bytes of hits dropped: ${why}`);
        else
            this.drop(lines?.length ?? 0, why);
    }
}

/** How long a hit waits, so that others can be sent with it. */
const GATHER_MS = 200;
/** The longest pause between two attempts, before it is multiplied by a random number up to 1.5. A Retry-After may be longer. */
const LONGEST_PAUSE_MS = 60_000;
/** After so many failures without an acknowledgement between them, the hits are not the cause. */
const MOST_FAILURES = 24;
/** A hit is given up when it was blocked this often while others were acknowledged. */
const BLOCKS_OF_A_HIT = 5;
/** After so many failures of a whole batch, other batches are tried before it. */
const FAILURES_OF_A_BATCH = 3;
/** Sends the hits of the queue until they are acknowledged: one batch after the other, so that hits stay in their order. */
class Sender {
    queue;
    poster;
    report;
    /** Attempts in a row that have failed. */
    failures = 0;
    running;
    timer;
    /** When the timer ends, by the monotonic clock. */
    wakesAt = 0;
    /** Until when the collector has asked for a pause, by the monotonic clock. */
    notBefore = 0;
    /** How many requests were acknowledged. */
    acknowledged = 0;
    stopped = false;
    /** Keyed by the file of the batch; undefined for hits in memory. */
    suspects = new Map();
    constructor(queue, poster, report) {
        this.queue = queue;
        this.poster = poster;
        this.report = report;
    }
    get isSending() {
        return !!this.running;
    }
    /** Starts the timer for waiting hits. It does not keep the process running. */
    wake(pauseMs = GATHER_MS) {
        if (this.running || this.stopped)
            return;
        const at = performance.now() + pauseMs;
        // A new hit ends the wait for hits that are held back, but not the pause after a failure.
        if (this.timer && (this.failures || this.wakesAt <= at))
            return;
        clearTimeout(this.timer);
        this.wakesAt = at;
        this.timer = setTimeout(() => void this.attempt(), pauseMs).unref();
    }
    /** Sends all waiting hits. @returns whether they were acknowledged; false after the first failed attempt */
    attempt() {
        clearTimeout(this.timer);
        this.timer = undefined;
        this.running ??= this.run().finally(() => {
            this.running = undefined;
            if (!this.queue.isEmpty)
                this.wake(this.failures ? this.pauseMs() : Math.max(GATHER_MS, this.queue.pauseMs));
        });
        return this.running;
    }
    /** As `attempt`, but also for hits that were added while another attempt was running. */
    async flush() {
        return (!this.running || (await this.running)) && this.attempt();
    }
    /** Aborts the current request, and starts no other. */
    async stop() {
        this.stopped = true;
        clearTimeout(this.timer);
        this.poster.abort();
        await this.running;
        this.poster.close();
    }
    async run() {
        if (performance.now() < this.notBefore)
            return this.queue.isEmpty;
        while (!this.stopped) {
            const batch = await this.queue.next();
            if (!batch)
                return this.queue.isEmpty;
            try {
                await this.deliver(batch);
                this.failures = 0;
            }
            catch (error) {
                this.fail(error);
                return false;
            }
        }
        return this.queue.isEmpty;
    }
    /**
     * A firewall that blocks one hit for its text must not stop the others, whether it answers with an error, with a page with
     * status 200 or not at all. A batch that fails while others are acknowledged is halved until the blocked hits are found. These
     * wait behind all others, with growing pauses. When they were blocked several times they are given up; hits that fail in
     * another way are given up when they are too old.
     */
    async deliver(batch) {
        const id = batch.segment?.path;
        const suspect = this.suspects.get(id) ?? { acknowledged: this.acknowledged, failures: 0, rounds: 0 };
        const begun = this.acknowledged;
        const left = [];
        let failures = 0;
        let fault;
        let areBlocked = true;
        const send = async (lines) => {
            const body = lines.join('\n');
            if (lines.length <= BATCH_HITS && body.length < REQUEST_BYTES) {
                try {
                    // While a file was read, or another request was answered.
                    if (this.stopped)
                        throw new Error('the client is closed');
                    await this.poster.post(body);
                    this.acknowledged++;
                    return;
                }
                catch (error) {
                    if (this.stopped || !isAtFault(error, suspect, this.acknowledged))
                        throw error;
                    const since = isBlock(error) ? suspect.acknowledged : begun;
                    if (++failures > MOST_FAILURES && this.acknowledged === since)
                        throw error;
                    if (lines.length === 1) {
                        left.push(lines[0]);
                        fault = error;
                        areBlocked &&= isBlock(error);
                        return;
                    }
                }
            }
            const middle = Math.ceil(lines.length / 2);
            await send(lines.slice(0, middle));
            await send(lines.slice(middle));
        };
        try {
            await send(batch.lines);
            if (left.length && this.acknowledged === suspect.acknowledged)
                throw fault;
        }
        catch (error) {
            suspect.failures++;
            this.suspects.set(id, suspect);
            const isHeld = isBlock(error) || suspect.failures >= FAILURES_OF_A_BATCH;
            this.queue.putBack(batch, isHeld ? 0 : undefined);
            throw error;
        }
        if (!left.length || (areBlocked && suspect.rounds + 1 >= BLOCKS_OF_A_HIT)) {
            this.suspects.delete(id);
            this.queue.drop(left.length, `they were ${reasonOf$1(fault)} while others were acknowledged`);
            return this.queue.remove(batch);
        }
        const rounds = suspect.rounds + 1;
        this.suspects.set(id, { acknowledged: this.acknowledged, failures: suspect.failures, rounds });
        if (rounds === 1)
            this.report(`${left.length} hits wait: they were ${reasonOf$1(fault)} while others were acknowledged`);
        await this.queue.putSomeBack(batch, left, backoffMs(rounds));
        // Hits in memory cannot be held back one by one: the attempt fails.
        if (!batch.segment)
            throw fault;
    }
    fail(error) {
        const retryAfter = error instanceof NotAcknowledged ? error.retryAfter : 0;
        // With jitter: not all clients should send in the same second when a collector comes back.
        this.notBefore = performance.now() + retryAfter * 1000 * (1 + Math.random() / 10);
        // One message for an outage, however long it is.
        if (!this.failures++ && !this.stopped)
            this.report('hits wait, because the collector has not acknowledged them', error);
    }
    pauseMs() {
        return Math.max(backoffMs(this.failures), this.notBefore - performance.now());
    }
}
/** Exponential backoff, times a random factor between 0.5 and 1.5. */
function backoffMs(failures) {
    return Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** failures) * (0.5 + Math.random());
}
/**
 * Whether a failure may be caused by the hits: a blocked request always, another failure after several ones of this batch,
 * if others were acknowledged since the first. An answer that asks for a pause is not caused by the hits.
 */
function isAtFault(error, { acknowledged, failures }, acknowledgedNow) {
    if (isBlock(error))
        return true;
    if (error instanceof NotAcknowledged && error.isPause)
        return false;
    return failures >= FAILURES_OF_A_BATCH && acknowledgedNow > acknowledged;
}
function isBlock(error) {
    return error instanceof NotAcknowledged && error.isBlock;
}
function reasonOf$1(error) {
    return error instanceof Error ? error.message : String(error);
}

/** The tracker's cookies (docs/reference.md#4.1), which the collector renews and `kmq/node` reads. */
/** Five years: the life that a cookie gets, unless its own file says otherwise (docs/reference.md#4.1). Browsers may shorten it. */
/** The visitor's anonymous id; from the second `identify` on, the name that was given last. */
const ANONYMOUS_COOKIE = 'km_ai';
/** The name that a page gave with `identify`. */
const NAMED_COOKIE = 'km_ni';

/** The visitor of a request, by its `Cookie` header (RFC 6265, section 5.4). */
function readVisitor(cookies) {
    return { anonymous: cookie(cookies, ANONYMOUS_COOKIE), named: cookie(cookies, NAMED_COOKIE) };
}
function cookie(cookies, name) {
    if (typeof cookies !== 'string')
        return undefined;
    for (const pair of cookies.split(';')) {
        const equals = pair.indexOf('=');
        if (pair.slice(0, equals).trim() !== name)
            continue;
        const value = pair.slice(equals + 1).trim();
        try {
            return decodeURIComponent(value) || undefined;
        }
        catch {
            return value;
        }
    }
    return undefined;
}

/** How often a client touches its folder, and looks for files of processes that have ended. */
const ROUND_MS = 20_000;
/** So many open clients are a mistake of the application, such as one for each request: each client looks at the folders of all others. */
const TOO_MANY_CLIENTS = 100;
/** How long `flush` and `close` wait at most, unless the caller says it. */
const FLUSH_MS = 10_000;
/** The longest time that a timer can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/**
 * A client for one site. Make one at the start of the process, since each has a folder, a timer and a connection. `close` is not
 * necessary: hits are in files, and are sent before the process ends by itself. Wrong options are reported to `onError` once, and the
 * client then does nothing.
 */
function createClient(options) {
    const report = (message, cause) => tell(options, message, cause);
    try {
        return open(options, report);
    }
    catch (error) {
        report('the client could not be made, so nothing is recorded', error);
        const nothing = () => { };
        const never = () => Promise.resolve(false);
        return { record: nothing, set: nothing, identify: nothing, alias: nothing, flush: never, close: never, dropped: 0 };
    }
}
/** Any other value would drop every hit, or none. */
function positive(value, name) {
    if (typeof value !== 'number' || !(value > 0))
        throw new TypeError(`${name} must be a number above 0`);
}
function open(options, report) {
    const { key, collector, queue: root = 'kmq-queue', maxBytes = 1e8, maxAge = 30 * 86_400 } = options;
    if (typeof key !== 'string' || key === '')
        throw new TypeError('the key of the site is missing');
    acceptable(key, 'key of the site');
    positive(maxBytes, 'maxBytes');
    positive(maxAge, 'maxAge');
    const poster = new Poster(new URL(String(collector).replace(/\/+$/, '') + BATCH));
    const folder = new Folder(resolve(root));
    const queue = new Queue(folder, { maxBytes, maxAge }, report);
    const sender = new Sender(queue, poster, report);
    let closed;
    let isClosed = false;
    const look = async () => {
        await folder.touch();
        queue.save();
        await queue.adopt();
        if (!queue.isEmpty)
            sender.wake();
    };
    const adopted = look().catch((error) => report('hits that other processes left cannot be sent', error));
    const rounds = setInterval(() => void look().catch(() => { }), ROUND_MS).unref();
    const keep = (path, person, name, properties) => {
        try {
            if (isClosed)
                throw new TypeError('the client is closed');
            const now = Date.now();
            queue.append(toHit(path, key, person, name, properties, now), now);
            sender.wake();
        }
        catch (error) {
            report('a hit was not recorded', error);
        }
    };
    const flush = async (limit) => {
        const sent = adopted.then(() => sender.flush());
        return within(typeof limit === 'number' ? limit : FLUSH_MS, sent);
    };
    const finish = async (limit) => {
        const delivered = await flush(limit);
        clearInterval(rounds);
        await sender.stop();
        // Hits that were recorded meanwhile may be left.
        const isComplete = delivered && queue.isEmpty;
        isClosed = true;
        queue.close();
        forget();
        return isComplete;
    };
    const forget = flushBeforeExit({
        waits: () => !sender.failures && (sender.isSending || (!queue.isEmpty && !queue.pauseMs)),
        flush,
        giveUp: () => poster.abort(),
        exit: () => queue.close(),
    });
    if (openClients() === TOO_MANY_CLIENTS)
        report(`${TOO_MANY_CLIENTS} clients are open: make one at the start of the process, and not one for each request, or close them`);
    return {
        record: (person, name, properties) => keep('/e', person, name, properties),
        set: (person, properties) => keep('/s', person, undefined, properties),
        identify(person, cookies) {
            const { anonymous, named } = readVisitor(cookies);
            const name = typeof person === 'number' ? String(person) : person;
            // As the tracker sends it: the name is the second identity, in `_n`.
            if (anonymous && !named && anonymous !== name)
                keep('/a', anonymous, person);
        },
        alias: (person, other) => keep('/a', person, other),
        flush,
        close: (limit) => (closed ??= finish(limit)),
        get dropped() {
            return queue.dropped;
        },
    };
}
/** The answer, or false if it takes longer than the limit. */
async function within(limit, answer) {
    let timer;
    const late = new Promise((settle) => (timer = setTimeout(settle, Math.min(limit, LONGEST_TIMER_MS), false)));
    try {
        return await Promise.race([answer, late]);
    }
    finally {
        clearTimeout(timer);
    }
}
function tell(options, message, cause) {
    const error = new Error(message + reasonOf(cause), { cause });
    try {
        const onError = options?.onError;
        if (typeof onError === 'function')
            onError(error);
        else
            console.error(`kmq: ${error.message}`);
    }
    catch {
        // `onError` itself threw: there is nowhere to report that.
    }
}
function reasonOf(cause) {
    try {
        return cause === undefined ? '' : `: ${cause instanceof Error ? cause.message : String(cause)}`;
    }
    catch {
        // A property may throw anything, also an object of which no text can be made.
        return '';
    }
}

export { createClient, readVisitor };
