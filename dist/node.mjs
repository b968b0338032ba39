/*! kmq 0.1.0, nanoid: MIT */
import { join, basename, resolve } from 'node:path';
import { webcrypto, createHash } from 'node:crypto';
import { mkdirSync, rmdirSync, renameSync, readFileSync, readlinkSync, existsSync, writeSync, openSync, closeSync, unlinkSync } from 'node:fs';
import { utimes, readdir, unlink, rename, rmdir, stat, writeFile, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { Agent as Agent$1, request as request$1 } from 'node:http';
import { Agent, request } from 'node:https';
import { gunzipSync, inflateSync, brotliDecompressSync } from 'node:zlib';

/**
 * The paths and parameters of the tracking API (docs/reference.md#3 and docs/reference.md#8.1). Browsers, server-side
 * clients and the collector all take them from here.
 */
/**
 * Several hits in one request, kmq's own addition: POST, the body one hit a line, each as its address would be
 * (`/e?_k=…`). All of them are acknowledged or none.
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
 * A sender that speaks to another implementation of the specification leaves it out.
 */
const HIT_ID = '_i';
/**
 * Age, kmq's own addition: the seconds from the push of a hit to this attempt to send it. The collector subtracts
 * them from its own clock, so that it does not depend on the sender's. Left out for less than one.
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

/** A process that has not touched its folder for this long counts as gone; a folder is touched every 20 seconds. */
const ABANDONED_MS = 90_000;
/** A process that has not touched its own folder for this long checks whether the folder is still there before it writes. */
const DOUBTFUL_MS = 30_000;
const OWNER = /^([0-9a-f]{10})-(\d+)-[\w-]{8}$/;
/** What a client left behind when it was closed: free to take. */
const LEFT = 'left-';
/** The moment by the clock of its process, in Unix milliseconds, and the client. A clock may be at any year. */
const SEGMENT = /^-?\d+-[\w-]{8}\.hits$/;
/** Behind the name of a file that takes the place of another once it is whole. */
const UNFINISHED = '.new';
/** The moment that a segment was begun, by its path. */
function momentOf(path) {
    return parseInt(basename(path));
}
/**
 * A client's own folder in the queue, named for the process: nobody else writes there, and when the process is gone
 * another takes what is in it, file by file, by renaming, of which one can succeed.
 *
 * That a process is gone is known at once where it ran on the same machine under the same process ids, and else, in
 * containers that share a volume, by the time of its folder. A process that only slept loses nothing: it looks before it
 * writes, and who has taken its file looks before removing it.
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
    /** Makes the folder where it is missing; what is in it is for no other user's eyes. Throws what mkdir throws. */
    make(now) {
        mkdirSync(this.path, { recursive: true, mode: 0o700 });
        this.touched = now;
    }
    /** The path of a new segment, which sorts behind all earlier ones. */
    newSegment(now) {
        this.latest = Math.max(this.latest + 1, now);
        return join(this.path, `${this.latest}-${this.id}.hits`);
    }
    /** Whether somebody may have taken this process for gone. */
    isDoubtful(now) {
        return Math.abs(now - this.touched) > DOUBTFUL_MS;
    }
    /** Says that the process is there. */
    async touch() {
        const now = Date.now();
        await utimes(this.path, now / 1000, now / 1000).then(() => (this.touched = now), () => { });
    }
    /** Takes the segments of processes that are gone. @returns their paths */
    async adopt() {
        const taken = [];
        // A missing or unreadable queue contains nothing to take; a write into it reports the error.
        for (const name of await readdir(this.root).catch(() => [])) {
            const other = join(this.root, name);
            if (other === this.path || !(await isOrphan(name, other)))
                continue;
            for (const file of await readdir(other).catch(() => [])) {
                if (file.endsWith(UNFINISHED))
                    await unlink(join(other, file)).catch(() => { });
                if (!SEGMENT.test(file))
                    continue;
                this.make(Date.now());
                const mine = join(this.path, file);
                const won = await rename(join(other, file), mine).then(() => true, () => false);
                if (won)
                    taken.push(mine);
            }
            await rmdir(other).catch(() => { });
        }
        return taken;
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
                // It was never made.
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
/** Within what a process id means one process: this run of this machine, and on Linux this namespace of ids. */
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
 * null is empty, whatever has a `join` is joined by commas, a date is ISO 8601 in UTC, other objects, functions and
 * invalid dates are left out, anything else is converted to a string.
 */
function toText(value) {
    if (value === null)
        return '';
    if (Object(value) !== value)
        return String(value);
    // By their methods: arrays and dates of other frames are no instances of this frame's classes.
    const able = value;
    if (able.toISOString)
        return isNaN(value) ? undefined : able.toISOString();
    return able.join?.();
}
/**
 * Percent-encodes as the reference has it (encodeURIComponent; a space is `%20`). Half of a surrogate
 * pair, which encodeURIComponent refuses, becomes U+FFFD as in every URL
 * (https://infra.spec.whatwg.org/#javascript-string-convert).
 */
function percentEncode(text) {
    // With the u flag a class of surrogates finds only the lone ones.
    return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
}
/** Parameters as a query, in their order; what has no text is left out. */
function encodeQuery(parameters) {
    return Object.entries(parameters)
        .flatMap(([name, value]) => {
        const text = toText(value);
        return text === undefined ? [] : percentEncode(name) + '=' + percentEncode(text);
    })
        .join('&');
}
/** The address of a hit below the collector's origin: path and query. */
function encodeHit(path, parameters) {
    return path + '?' + encodeQuery(parameters);
}

/**
 * The id of a hit as kmq's own clients make it: the push in Unix milliseconds, 3 digits of a counter, 10 random
 * characters. So ids sort as their hits were pushed. Other clients choose ids as they like.
 */
const PLACES = 1000;
/** Of the moment and the counter, from September 2001 to the year 2286. Earlier ones get zeros in front, later ones have more. */
const DIGITS = 16;
/**
 * @param count of the sender's hits so far
 * @param random ten characters that tell hits of several senders apart that were pushed in the same millisecond
 */
function createHitId(pushedMs, count, random) {
    // A number of 16 digits is still an exact integer in JavaScript: it stays below 2^53 until the year 2255.
    return String(pushedMs * PLACES + (count % PLACES)).padStart(DIGITS, '0') + random;
}

/** Event names, property names and identities, in Unicode code points (docs/reference.md#8.2 and docs/reference.md#8.5). */
const NAME_CHARACTERS = 255;
/** One property value, in bytes of UTF-8 (docs/reference.md#8.2). */
const VALUE_BYTES = 8192;
/** One request, in bytes: its address, and again its body. What is longer is refused whole, never cut. */
const REQUEST_BYTES = 1024 * 1024;
/** The most hits in one batch, so that a megabyte of empty lines delays nobody. */
const BATCH_HITS = 2000;

/** A code point is two UTF-16 units at most, so so many of them are looked at, however long the text is. */
const NAME_UNITS = 2 * NAME_CHARACTERS;
/** True for more than 255 code points; half of what is written in emoji is two UTF-16 units each. */
function isLongName(text) {
    return text.length > NAME_CHARACTERS && (text.length > NAME_UNITS || [...text].length > NAME_CHARACTERS);
}
const encoder = new TextEncoder();
const room = new Uint8Array(VALUE_BYTES);
/** True for more than 8,192 bytes of UTF-8. */
function isLongValue(text) {
    // One UTF-16 unit is one byte of UTF-8 at least and three at most, so short texts need no encoding to be judged.
    if (text.length * 3 <= VALUE_BYTES)
        return false;
    return text.length > VALUE_BYTES || encoder.encodeInto(text, room).read < text.length;
}
/** As many whole code points as 8,192 bytes of UTF-8 hold. */
function cutValue(text) {
    return text.slice(0, encoder.encodeInto(text, room).read);
}

/** Half of a request, so that any two hits go together. */
const MOST_CHARACTERS = REQUEST_BYTES / 2;
const FIELDS = [KEY, PERSON, NAME, AGE];
let count = 0;
/**
 * One call as the address of a hit: with the moment of the call, which counts whenever it is sent, and an id, by which
 * it counts once however often it is sent. Ids begin with the moment so that hits of one second keep their order.
 * @throws TypeError, with a reason, for what would be refused or would be somebody else's hit
 */
function toHit(path, key, person, name, properties, now) {
    const fields = { [KEY]: key, [PERSON]: identity(person, 'person') };
    if (path === '/a')
        fields[NAME] = identity(name, 'other identity');
    if (path === '/e')
        fields[NAME] = text(name, 'name of the event');
    const given = ownProperties(properties);
    if (path === '/s' && !Object.keys(given).some((property) => !isMoment(property)))
        throw new TypeError('nothing to set: no property');
    const address = encodeHit(path, {
        ...fields,
        [TIME]: Math.floor(now / 1000),
        [DATED]: 1,
        [HIT_ID]: createHitId(now, count++, nanoid(10)),
        ...given,
    });
    if (address.length > MOST_CHARACTERS)
        throw new TypeError(`a hit of ${address.length} characters is too long`);
    return address;
}
/** A text with something in it; numbers are taken as ids often are. */
function text(value, what) {
    if (typeof value === 'number' && Number.isFinite(value))
        return String(value);
    if (typeof value !== 'string' || value.trim() === '')
        throw new TypeError(`no ${what}: ${typeof value}, blank or no text`);
    return value;
}
function identity(value, what) {
    const id = text(value, what);
    if (isLongName(id))
        throw new TypeError(`the ${what} is longer than ${NAME_CHARACTERS} characters`);
    wellFormed(id, what);
    return id;
}
/** Half of a surrogate pair would be sent as U+FFFD, and the identities of two people could become the same. */
function wellFormed(text, what) {
    if (/[\ud800-\udfff]/u.test(text))
        throw new TypeError(`the ${what} has half of a surrogate pair in it`);
}
function isMoment(name) {
    return name === TIME || name === DATED || name === HIT_ID;
}
function ownProperties(properties) {
    if (properties === undefined || properties === null)
        return {};
    if (typeof properties !== 'object' || Array.isArray(properties))
        throw new TypeError('properties must be an object');
    const given = {};
    for (const [name, value] of Object.entries(properties)) {
        // Properties may come from a visitor, who must not choose the person.
        if (FIELDS.includes(name))
            throw new TypeError(`${name} cannot be the name of a property`);
        if (value === undefined)
            continue;
        if (name === HIT_ID)
            wellFormed(String(value), 'hit id');
        // Longer ones are cut by the collector all the same; a hundred of them would not fit into a request.
        given[name] = typeof value === 'string' && isLongValue(value) ? cutValue(value) : value;
    }
    return given;
}

/** How long the end of a process that ends by itself is delayed. */
const EXIT_TIMEOUT_MS = 10_000;
const all = new Set();
/**
 * Sends waiting hits once when a process has nothing more to do. After a failure the process ends, and the next one sends them. After
 * signals and `process.exit()`, which belong to the application, nothing is sent: waiting hits are in their file.
 * @returns takes this back
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

/** More than any GIF of 1×1 needs: 13 bytes of head, two tables of 768, and nearly empty blocks. */
const MOST_ACKNOWLEDGEMENT_BYTES = 4096;
/** The signature, width and height, and what is said of the colours. */
const HEAD_BYTES = 13;
const DECODERS = new Map([
    ['gzip', gunzipSync],
    ['x-gzip', gunzipSync],
    ['deflate', inflateSync],
    ['br', brotliDecompressSync],
]);
/**
 * Whether an answer with 200 is the collector's: a complete image of 1×1 with no byte after it. The page of a login, a portal or a
 * block list, a placeholder, and an incomplete answer are not. Another server's image of 1×1 cannot be told from it.
 */
function isAcknowledgement(headers, body) {
    if (!/^image\/gif\s*(;|$)/i.test(headers['content-type'] ?? ''))
        return false;
    const gif = decoded(headers['content-encoding'], body);
    if (!gif || gif.length < HEAD_BYTES || !/^GIF8[79]a$/.test(gif.toString('latin1', 0, 6)))
        return false;
    return gif.readUInt16LE(6) === 1 && gif.readUInt16LE(8) === 1 && endOfGif(gif) === gif.length;
}
/** The body as it was before something on its way compressed it, unasked; undefined for what cannot be read. */
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
/** The byte behind a GIF's last, by its blocks (https://www.w3.org/Graphics/GIF/spec-gif89a.txt); NaN for one that is not whole. */
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
/** How long the table of colours is that these flags announce. */
function tableBytes(flags = 0) {
    return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}
/** Data come in blocks, each behind its length; the last is empty. */
function endOfData(gif, at) {
    while (gif[at])
        at += gif[at] + 1;
    return at + 1;
}

/** How long an answer may take. */
const REQUEST_TIMEOUT_MS = 15_000;
/** How much of an answer that acknowledges nothing is read, so that its connection can be used again. */
const MOST_ANSWER_BYTES = 65_536;
/** The longest pause that a collector is granted by its Retry-After. */
const LONGEST_RETRY_AFTER_SECONDS = 3600;
const STRANGE = 'something that is not the GIF of a collector';
/** An answer that acknowledges nothing. */
class NotTaken extends Error {
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
    get isRefusal() {
        return this.status >= 400 && this.status < 500 && ![401, 404, 407, 408, 425, 429].includes(this.status);
    }
    /** True if the collector, or something in front of it, asks for a pause, whatever the hit. */
    get isPause() {
        return this.retryAfter > 0 || this.status === 429 || this.status === 503;
    }
}
/** Sends bodies to one address, over connections that are kept open and that hold no process. */
class Poster {
    url;
    current;
    agent;
    /** @throws TypeError for what is no address of http or https */
    constructor(url) {
        this.url = url;
        if (!/^https?:$/.test(url.protocol))
            throw new TypeError(`The collector's URL must begin with http: or https:, and not with ${url.protocol}`);
        this.agent = url.protocol === 'https:' ? new Agent({ keepAlive: true }) : new Agent$1({ keepAlive: true });
    }
    /**
     * Resolves once the collector has acknowledged the body: with 200 and all of its GIF.
     * @throws NotTaken for another answer, Error where none came
     */
    async post(body) {
        try {
            await this.attempt(body);
        }
        catch (error) {
            // The other side closed an idle connection in the moment in which it was used again:
            // https://nodejs.org/api/http.html#requestreusedsocket
            const { reusedSocket } = this.current ?? {};
            if (!reusedSocket || error.code !== 'ECONNRESET')
                throw error;
            await this.attempt(body);
        }
    }
    /** Breaks off what is on its way. */
    abort() {
        this.current?.destroy(new Error('broken off'));
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
                    // Without it anything may be compressed (https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3).
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
            request$2.on('error', settle);
            request$2.on('close', () => {
                clearTimeout(timer);
                // Nothing below settles what another protocol has taken over.
                settle(new Error('closed without an answer'));
            });
            request$2.on('response', (response) => {
                const { statusCode: status, headers } = response;
                const chunks = [];
                let size = 0;
                // An incomplete answer may have been an acknowledgement. An answer that is none is believed as soon as its head is there, for
                // a firewall's page may be of any length.
                const refuse = (what) => settle(new NotTaken(`answered with ${what}`, status, retryAfter(headers['retry-after'])));
                if (status !== 200)
                    refuse(`${status}${headers.location ? ` and the URL ${headers.location}` : ''}`);
                response.on('data', (chunk) => {
                    size += chunk.length;
                    if (size <= MOST_ACKNOWLEDGEMENT_BYTES)
                        chunks.push(chunk);
                    else
                        refuse(STRANGE);
                    if (size > MOST_ANSWER_BYTES)
                        request$2.destroy();
                });
                response.on('error', settle);
                response.on('close', () => settle(response.complete ? undefined : new Error('the answer broke off')));
                response.on('end', () => {
                    if (isAcknowledgement(headers, Buffer.concat(chunks)))
                        settle();
                    else
                        refuse(STRANGE);
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

/** Bytes of one file of the queue, beyond which the next one is begun. */
const SEGMENT_BYTES = 262_144;
/** Characters that are kept in memory while the disk cannot be written. */
const MOST_MEMORY_CHARACTERS = 2_000_000;
/** How long a disk that could not be written is not tried again. */
const DISK_PAUSE_MS = 1000;
/** The address of a hit; anything else in a file is damaged. */
const HIT = /^\/[esa]\?[!-~]+$/;
/**
 * Hits that the collector has not acknowledged, one a line, in files that are written once, sent as a whole and removed
 * as a whole. When the queue is full, the oldest file is dropped.
 */
class Queue {
    folder;
    limits;
    report;
    /** Hits that were dropped because the queue was full or they were too old. */
    dropped = 0;
    active;
    sealed = [];
    bytes = 0;
    memory = [];
    memorySize = 0;
    /** Until when the disk is left alone, by a clock that nobody sets; 0 while it takes what comes. */
    diskPause = 0;
    constructor(folder, limits, report) {
        this.folder = folder;
        this.limits = limits;
        this.report = report;
    }
    get isEmpty() {
        return !this.active && !this.sealed.length && !this.memory.length;
    }
    /**
     * Keeps a hit: in a file before this returns, so that it survives the process, or in memory if no file can be written. One write
     * into the system's page cache costs about a microsecond. Files are not synced, so a power failure may lose hits.
     */
    append(line, now) {
        if ((this.diskPause && performance.now() < this.diskPause) || !this.store([...this.memory, line], now))
            this.remember([line]);
    }
    /** Milliseconds until something may be sent: 0 unless all that waits is held back. */
    get pauseMs() {
        if (this.active || this.memory.length)
            return 0;
        const next = Math.min(...this.sealed.map(({ heldUntil = 0 }) => heldUntil));
        return this.sealed.length ? Math.max(0, next - performance.now()) : 0;
    }
    /**
     * The next hits to send, oldest first, and what is held back behind all others; undefined where none may be sent. They are
     * the caller's until settled.
     */
    async next() {
        this.expire();
        for (;;) {
            const now = performance.now();
            let index = this.sealed.findIndex(({ heldUntil }) => heldUntil === undefined);
            if (index < 0 && this.seal())
                index = this.sealed.length - 1;
            if (index < 0 && !this.memory.length)
                index = this.sealed.findIndex(({ heldUntil }) => heldUntil <= now);
            const [segment] = index < 0 ? [] : this.sealed.splice(index, 1);
            if (!segment)
                break;
            this.bytes -= segment.bytes;
            const lines = await this.read(segment);
            if (lines?.length)
                return { lines, segment };
            if (lines)
                await this.remove({ lines, segment });
        }
        const lines = this.memory;
        this.memory = [];
        this.memorySize = 0;
        return lines.length ? { lines } : undefined;
    }
    /** Forgets hits that have been acknowledged. */
    async remove({ segment }) {
        if (!segment)
            return;
        // Written to since it was read, by a process that was taken for gone.
        const { size } = await stat(segment.path).catch(() => ({ size: 0 }));
        if (size > segment.bytes)
            this.add({ ...segment, bytes: size });
        else
            await unlink(segment.path).catch(() => { });
    }
    /**
     * Takes hits back that have not been acknowledged.
     * @param pauseMs given for those that let others go first, and wait for so long
     */
    putBack({ segment, lines }, pauseMs) {
        if (!segment)
            return this.remember(lines, true);
        this.bytes += segment.bytes;
        const heldUntil = pauseMs === undefined ? {} : { heldUntil: performance.now() + pauseMs };
        this.sealed.unshift({ path: segment.path, bytes: segment.bytes, ...heldUntil });
    }
    /** As `putBack`, for those of a batch that were not acknowledged; the others are forgotten. */
    async putSomeBack(batch, lines, pauseMs) {
        const { segment } = batch;
        if (!segment || lines.length === batch.lines.length)
            return this.putBack({ ...batch, lines }, pauseMs);
        const text = lines.join('\n') + '\n';
        try {
            await writeFile(segment.path + UNFINISHED, text, { mode: 0o600 });
            await rename(segment.path + UNFINISHED, segment.path);
            segment.bytes = text.length;
        }
        catch {
            // The whole of it is sent again, which the ids make one.
        }
        this.putBack({ segment, lines }, pauseMs);
    }
    /** Takes what processes have left that are gone. */
    async adopt() {
        for (const path of await this.folder.adopt()) {
            const found = await stat(path).catch(() => undefined);
            if (found)
                this.add({ path, bytes: found.size });
        }
        this.sealed.sort((a, b) => momentOf(a.path) - momentOf(b.path));
        this.makeRoom(0);
    }
    /** Puts what is in memory on the disk if it will have it, and leaves all files to whoever comes next. */
    close() {
        if (this.memory.length && !this.store(this.memory, Date.now()))
            this.drop(this.memory.length, 'the disk has no space');
        this.seal();
        this.folder.release();
    }
    /** Counts hits that will never be sent, and says so. */
    drop(hits, why) {
        if (!hits)
            return;
        this.dropped += hits;
        this.report(`${hits} hits dropped, ${this.dropped} so far: ${why}`);
    }
    /** Writes what is in memory and what comes; false where the disk takes nothing, and is left alone for a while. */
    store(lines, now) {
        try {
            this.write(lines.join('\n') + '\n', now);
            this.memory = [];
            this.memorySize = this.diskPause = 0;
            return true;
        }
        catch (error) {
            if (!this.diskPause)
                this.report(`hits are kept in memory, because ${this.folder.path} cannot be written`, error);
            this.diskPause = performance.now() + DISK_PAUSE_MS;
            return false;
        }
    }
    write(text, now) {
        if (this.active) {
            const taken = this.folder.isDoubtful(now) && !existsSync(this.active.path);
            if (taken || this.active.bytes + text.length > SEGMENT_BYTES)
                this.seal(taken);
        }
        this.makeRoom(text.length);
        const active = (this.active ??= this.open(now));
        try {
            // Hits are ASCII: a character is a byte.
            if (writeSync(active.fd, text) < text.length)
                throw new Error('no space for a whole hit');
        }
        catch (error) {
            // Half of a line may be at its end; readers skip it.
            this.seal();
            throw error;
        }
        active.bytes += text.length;
        this.bytes += text.length;
    }
    open(now) {
        this.folder.make(now);
        const path = this.folder.newSegment(now);
        return { path, bytes: 0, fd: openSync(path, 'ax', 0o600) };
    }
    /** Ends the file that is written to. @returns whether there is one more to send */
    seal(taken = false) {
        if (!this.active)
            return false;
        const { fd, path, bytes } = this.active;
        this.active = undefined;
        try {
            closeSync(fd);
            if (!bytes)
                unlinkSync(path);
        }
        catch {
            // It is gone, or the disk is.
        }
        if (bytes && !taken)
            return this.sealed.push({ path, bytes }) > 0;
        this.bytes -= bytes;
        return false;
    }
    add(segment) {
        this.bytes += segment.bytes;
        this.sealed.push(segment);
    }
    async read(segment) {
        try {
            const text = await readFile(segment.path, 'latin1');
            segment.bytes = text.length;
            // What is behind the last line end was never written to its end, and is still held by whoever wrote it.
            const lines = text.split('\n').slice(0, -1);
            const hits = lines.filter((line) => HIT.test(line));
            this.drop(lines.length - hits.length, `${segment.path} is damaged`);
            return hits;
        }
        catch (error) {
            // Not there: another process has taken it.
            if (error.code !== 'ENOENT')
                this.report(`${segment.path} cannot be read`, error);
            return undefined;
        }
    }
    remember(lines, first = false) {
        this.memory = first ? [...lines, ...this.memory] : this.memory;
        if (!first)
            this.memory.push(...lines);
        for (const line of lines)
            this.memorySize += line.length;
        let hits = 0;
        // A tenth more than needed, so that this is not every hit's work.
        if (this.memorySize > MOST_MEMORY_CHARACTERS)
            while (this.memorySize > MOST_MEMORY_CHARACTERS * 0.9)
                this.memorySize -= this.memory[hits++].length;
        this.memory.splice(0, hits);
        this.drop(hits, 'neither the disk nor the memory has space');
    }
    makeRoom(bytes) {
        while (this.bytes + bytes > this.limits.maxBytes && this.sealed.length)
            void this.discard(this.sealed.shift(), `the queue is full, at ${this.limits.maxBytes} bytes`);
    }
    expire() {
        const oldest = Date.now() - this.limits.maxAge * 1000;
        const isOld = ({ path }) => momentOf(path) < oldest;
        const old = this.sealed.filter(isOld);
        this.sealed = this.sealed.filter((segment) => !isOld(segment));
        for (const segment of old)
            void this.discard(segment, `they waited for more than ${this.limits.maxAge} seconds`);
    }
    async discard(segment, why) {
        this.bytes -= segment.bytes;
        const lines = await this.read(segment);
        await unlink(segment.path).catch(() => { });
        this.drop(lines?.length ?? 0, why);
    }
}

/** How long a hit waits for others to go with it. */
const GATHER_MS = 200;
/** The longest wait between two attempts. */
const LONGEST_PAUSE_MS = 60_000;
/** After this many failures without an acknowledgement between them, the hits are not at fault. */
const MOST_REFUSALS = 24;
/** How often a hit is blocked, while others are acknowledged, before it is given up. */
const REFUSALS_OF_A_HIT = 5;
/** Failures in a row of one batch, after which others are tried before it. */
const FAILURES_OF_A_BATCH = 3;
/** Sends what the queue holds, one batch after the other so that hits stay in their order, until it is acknowledged. */
class Sender {
    queue;
    poster;
    report;
    /** Attempts in a row that have failed. */
    failures = 0;
    running;
    timer;
    /** When the timer ends, by a clock that nobody sets. */
    wakesAt = 0;
    /** Until when the collector wants to be left alone, by a clock that nobody sets. */
    notBefore = 0;
    /** Requests that were acknowledged, ever. */
    taken = 0;
    stopped = false;
    /** By the file of the batch. */
    suspects = new Map();
    constructor(queue, poster, report) {
        this.queue = queue;
        this.poster = poster;
        this.report = report;
    }
    /** Something waits. No timer of it holds a process. */
    wake(pauseMs = GATHER_MS) {
        if (this.running || this.stopped)
            return;
        const at = performance.now() + pauseMs;
        // What is new shortens the pause of what is held back, and not that of an outage.
        if (this.timer && (this.failures || this.wakesAt <= at))
            return;
        clearTimeout(this.timer);
        this.wakesAt = at;
        this.timer = setTimeout(() => void this.attempt(), pauseMs).unref();
    }
    /** Sends all that waits. @returns whether it was acknowledged; false after the first attempt that failed */
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
    /** As `attempt`, for what waits by now, although another attempt may be on its way. */
    async flush() {
        return (!this.running || (await this.running)) && this.attempt();
    }
    /** Breaks off what is on its way, and begins nothing more. */
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
     * A firewall that blocks one hit for its text must not stop the others, whether it answers with an error, with a page with status 200
     * or not at all. A batch that fails while others are acknowledged is halved until the blocked hits are found. These wait behind all
     * others, with growing pauses. When they were blocked several times they are given up; hits that fail in another way are given up
     * when they are too old.
     */
    async deliver(batch) {
        const id = batch.segment?.path;
        const suspect = this.suspects.get(id) ?? { taken: this.taken, failures: 0, rounds: 0 };
        const begun = this.taken;
        const left = [];
        let failures = 0;
        let fault;
        let isRefused = true;
        const send = async (lines) => {
            const body = lines.join('\n');
            if (lines.length <= BATCH_HITS && body.length < REQUEST_BYTES) {
                try {
                    await this.poster.post(body);
                    this.taken++;
                    return;
                }
                catch (error) {
                    if (this.stopped || !isAtFault(error, suspect, this.taken))
                        throw error;
                    const since = isRefusal(error) ? suspect.taken : begun;
                    if (++failures > MOST_REFUSALS && this.taken === since)
                        throw error;
                    if (lines.length === 1) {
                        left.push(lines[0]);
                        fault = error;
                        isRefused &&= isRefusal(error);
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
            if (left.length && this.taken === suspect.taken)
                throw fault;
        }
        catch (error) {
            suspect.failures++;
            this.suspects.set(id, suspect);
            const isHeld = isRefusal(error) || suspect.failures >= FAILURES_OF_A_BATCH;
            this.queue.putBack(batch, isHeld ? 0 : undefined);
            throw error;
        }
        if (!left.length || (isRefused && suspect.rounds + 1 >= REFUSALS_OF_A_HIT)) {
            this.suspects.delete(id);
            this.queue.drop(left.length, `they were ${reasonOf(fault)} while others were acknowledged`);
            return this.queue.remove(batch);
        }
        const rounds = suspect.rounds + 1;
        this.suspects.set(id, { taken: this.taken, failures: suspect.failures, rounds });
        if (rounds === 1)
            this.report(`${left.length} hits wait: they were ${reasonOf(fault)} while others were acknowledged`);
        await this.queue.putSomeBack(batch, left, backoffMs(rounds));
        // In memory they have no place of their own in which to wait.
        if (!batch.segment)
            throw fault;
    }
    fail(error) {
        const retryAfter = error instanceof NotTaken ? error.retryAfter : 0;
        // With jitter: not all clients should send in the same second when a collector comes back.
        this.notBefore = performance.now() + retryAfter * 1000 * (1 + Math.random() / 10);
        // One line for an outage, however long.
        if (!this.failures++ && !this.stopped)
            this.report('hits wait, because the collector cannot be reached', error);
    }
    pauseMs() {
        return Math.max(backoffMs(this.failures), this.notBefore - performance.now());
    }
}
/** Exponential, half as long or half as long again by chance. */
function backoffMs(failures) {
    return Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** failures) * (0.5 + Math.random());
}
/**
 * Whether a failure may be caused by the hits: a blocked request always, another failure if others were acknowledged between failures of
 * this batch. An answer that asks for a pause is not caused by the hits.
 */
function isAtFault(error, { taken, failures }, takenNow) {
    if (isRefusal(error))
        return true;
    if (error instanceof NotTaken && error.isPause)
        return false;
    return failures >= FAILURES_OF_A_BATCH && takenNow > taken;
}
function isRefusal(error) {
    return error instanceof NotTaken && error.isRefusal;
}
function reasonOf(error) {
    return error instanceof Error ? error.message : String(error);
}

/** The tracker's cookies (docs/reference.md#4.1), which the collector renews and `kmq/node` reads. */
/** How long all of them live, but for the choice (docs/reference.md#4.1): five years. */
/** The id from before the visitor was named; a name, where one has taken its place. */
const ANONYMOUS_COOKIE = 'km_ai';
/** The name that a page gave with `identify`. */
const NAMED_COOKIE = 'km_ni';

/** Who a request comes from, by its `Cookie` header (RFC 6265, section 5.4). */
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

/** How often a client touches its folder, and looks for files that others have left. */
const ROUND_MS = 20_000;
/** What timers can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** A client for one site. It needs no `close`: hits are in their file, and sent before the process ends by itself. */
function createClient(options) {
    const report = (message, cause) => tell(options?.onError, message, cause);
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
function open(options, report) {
    const { key, collector, queue: root = 'kmq-queue', maxBytes = 1e8, maxAge = 30 * 86_400 } = options;
    if (typeof key !== 'string' || key === '')
        throw new TypeError('no key');
    const poster = new Poster(new URL(String(collector).replace(/\/+$/, '') + BATCH));
    const folder = new Folder(resolve(root));
    const queue = new Queue(folder, { maxBytes, maxAge }, report);
    const sender = new Sender(queue, poster, report);
    let closed;
    const look = async () => {
        await folder.touch();
        await queue.adopt();
        if (!queue.isEmpty)
            sender.wake();
    };
    const adopted = look().catch((error) => report('hits that other processes left cannot be sent', error));
    const rounds = setInterval(() => void look().catch(() => { }), ROUND_MS).unref();
    const keep = (path, person, name, properties) => {
        try {
            if (closed)
                throw new TypeError('the client is closed');
            const now = Date.now();
            queue.append(toHit(path, key, person, name, properties, now), now);
            sender.wake();
        }
        catch (error) {
            report('a hit was refused', error);
        }
    };
    const flush = async (limit = 10_000) => {
        await adopted;
        return within(limit, sender.flush());
    };
    const finish = async (limit) => {
        const delivered = await flush(limit);
        forget();
        clearInterval(rounds);
        await sender.stop();
        queue.close();
        return delivered;
    };
    const forget = flushBeforeExit({
        waits: () => !queue.isEmpty && !queue.pauseMs && !sender.failures,
        flush,
        giveUp: () => poster.abort(),
        exit: () => queue.close(),
    });
    return {
        record: (person, name, properties) => keep('/e', person, name, properties),
        set: (person, properties) => keep('/s', person, undefined, properties),
        identify(person, cookies) {
            const { anonymous, named } = readVisitor(cookies);
            // As the browser sends it: the name in the place of the event's.
            if (anonymous && !named && anonymous !== String(person))
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
/** What comes first: the answer, or false at the limit. */
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
function tell(onError, message, cause) {
    const reason = cause === undefined ? '' : `: ${cause instanceof Error ? cause.message : String(cause)}`;
    const error = new Error(message + reason, { cause });
    try {
        if (typeof onError === 'function')
            onError(error);
        else
            console.error(`kmq: ${error.message}`);
    }
    catch {
        // `onError` itself failed: nothing is left to report that to.
    }
}

export { createClient, readVisitor };
