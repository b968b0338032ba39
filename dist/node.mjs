/*! kmq 0.1.0, nanoid: MIT */
import { join, basename, resolve } from 'node:path';
import { webcrypto, createHash } from 'node:crypto';
import { mkdirSync, rmdirSync, renameSync, readFileSync, readlinkSync, existsSync, writeSync, openSync, closeSync, unlinkSync } from 'node:fs';
import { utimes, readdir, rename, rmdir, stat, unlink, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { Agent as Agent$1, request as request$1 } from 'node:http';
import { Agent, request } from 'node:https';

/**
 * The paths and parameters of the tracking API (reference sections 3 and 8.1). Browsers, server-side
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
/** Unix seconds by the sender's clock. It says when the hit happened only beside `_d=1`. */
const TIME = '_t';
const DATED = '_d';
/**
 * Hit id, kmq's own addition: 1 to 64 characters that stay the same however often one hit is sent.
 * A sender that speaks to another implementation of the specification leaves it out.
 */
const HIT_ID = '_i';
/**
 * Age, kmq's own addition: the seconds from the push of a hit to this attempt to send it. The collector takes
 * them off its own clock, so that it need not believe the sender's. Left out for less than one.
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

/** Whoever has not touched its folder for so long is gone; a folder is touched every 20 seconds. */
const ABANDONED_MS = 90_000;
/** Whoever has not touched its own for so long looks whether it is still there before trusting in it. */
const DOUBTFUL_MS = 30_000;
const OWNER = /^([0-9a-f]{10})-(\d+)-[\w-]{8}$/;
/** What a client left behind when it was closed: free to take. */
const LEFT = 'left-';
const SEGMENT = /^\d{13}-[\w-]{8}\.hits$/;
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
    /** Takes the segments of processes that are gone. @returns their paths, oldest first */
    async adopt() {
        const taken = [];
        // A queue that is not there holds nothing, nor does one that may not be read: who writes into it hears of that.
        for (const name of await readdir(this.root).catch(() => [])) {
            const other = join(this.root, name);
            if (other === this.path || !(await isOrphan(name, other)))
                continue;
            for (const file of await readdir(other).catch(() => [])) {
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
        return taken.sort();
    }
    /** Leaves what is in the folder to whoever comes next, and removes it where it is empty. */
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
 * The text of one property value, or undefined where the value does not travel (reference section 3.1):
 * null is empty, whatever has a `join` is joined by commas, other objects and functions are left out,
 * the rest is its own string.
 */
function toText(value) {
    if (value === null)
        return '';
    // Anything with a join, as in the original: arrays of other frames are arrays, too.
    return Object(value) === value ? value.join?.() : String(value);
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
 * The id of a hit as kmq's own clients make it: 13 digits for the push in Unix milliseconds, 3 digits of a counter, then
 * random characters. So ids sort as their hits were pushed. Other clients choose ids as they like.
 */
const PLACES = 1000;
/**
 * @param count of the sender's hits so far
 * @param random tells hits of several senders apart that were pushed in the same millisecond
 */
function createHitId(pushedMs, count, random) {
    // A number of 16 digits is still an exact integer in JavaScript: it stays below 2^53 until the year 2255.
    return pushedMs * PLACES + (count % PLACES) + random;
}

/** Event names, property names and identities, in Unicode code points (reference sections 8.2 and 8.5). */
const NAME_CHARACTERS = 255;
/** One property value, in bytes of UTF-8 (reference section 8.2). */
const VALUE_BYTES = 8192;
/** One request, in bytes: its address, and again its body. What is longer is refused whole, never cut. */
const REQUEST_BYTES = 1024 * 1024;
/** The most hits in one batch, so that a megabyte of empty lines holds nobody up. */
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
/** Sent as U+FFFD, as half of a surrogate pair is, the identities of two people could become one. */
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
        throw new TypeError('properties are an object');
    const given = {};
    for (const [name, value] of Object.entries(properties)) {
        // Properties may come from a visitor, who must not choose whose they are.
        if (FIELDS.includes(name))
            throw new TypeError(`${name} is no property`);
        if (value === undefined)
            continue;
        if (name === HIT_ID)
            wellFormed(String(value), 'hit id');
        // Longer ones are cut by the collector all the same; a hundred of them would not fit into a request.
        given[name] = typeof value === 'string' && isLongValue(value) ? cutValue(value) : value;
    }
    return given;
}

/** How long a process is held that ends by itself. */
const EXIT_TIMEOUT_MS = 10_000;
const all = new Set();
/**
 * Sends what waits when a process has nothing more to do, once: after a failure it ends, and the next one sends. Signals
 * and `process.exit()` are the application's own, and nothing is sent then: what waits is in its file.
 * @returns what forgets about it
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

/** How long an answer may take. */
const REQUEST_TIMEOUT_MS = 15_000;
/** More than any answer of a collector has; whoever says more is none. */
const MOST_ANSWER_BYTES = 65_536;
/** The longest pause that a collector is granted by its Retry-After. */
const LONGEST_RETRY_AFTER_SECONDS = 3600;
/** An answer that acknowledges nothing. */
class NotTaken extends Error {
    status;
    retryAfter;
    constructor(message, status, 
    /** Seconds for which the collector wants to be left alone (RFC 9110, section 10.2.3). */
    retryAfter) {
        super(message);
        this.status = status;
        this.retryAfter = retryAfter;
    }
    /** True where it is the request that is at fault, so that the same one again would fare no better. */
    get isRefusal() {
        return this.status >= 400 && this.status < 500 && ![401, 404, 407, 408, 425, 429].includes(this.status);
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
            throw new TypeError(`The collector's address begins with ${url.protocol}`);
        this.agent = url.protocol === 'https:' ? new Agent({ keepAlive: true }) : new Agent$1({ keepAlive: true });
    }
    /**
     * Resolves once the collector has acknowledged the body: with 200 and all of its GIF, which is what tells it from
     * a proxy's page or a hotel's login.
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
                headers: { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) },
            });
            this.current = request$2;
            const late = () => request$2.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS / 1000} seconds`));
            const timer = setTimeout(late, REQUEST_TIMEOUT_MS).unref();
            const settle = (error) => {
                clearTimeout(timer);
                if (error)
                    reject(error);
                else
                    resolve();
            };
            request$2.on('error', settle);
            // Nothing below settles what another protocol has taken over.
            request$2.on('close', () => settle(new Error('closed without an answer')));
            request$2.on('response', (response) => {
                let start = '';
                let size = 0;
                response.on('data', (chunk) => {
                    size += chunk.length;
                    if (start.length < 6)
                        start += chunk.toString('latin1').slice(0, 6);
                    if (size > MOST_ANSWER_BYTES)
                        request$2.destroy(new Error('an answer without end'));
                });
                response.on('error', settle);
                response.on('close', () => settle(response.complete ? undefined : new Error('the answer broke off')));
                response.on('end', () => {
                    const { statusCode: status, headers } = response;
                    if (status === 200 && start.startsWith('GIF89a'))
                        return settle();
                    const where = headers.location ? ` and the address ${headers.location}` : '';
                    const what = status === 200 ? 'something that is no GIF, as no collector does' : `${status}${where}`;
                    settle(new NotTaken(`answered with ${what}`, status, retryAfter(headers['retry-after'])));
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
/** Characters that are kept in memory while the disk takes nothing. */
const MOST_MEMORY_CHARACTERS = 2_000_000;
/** How long a disk that took nothing is left alone. */
const DISK_PAUSE_MS = 1000;
/** The address of a hit; anything else in a file is what a broken disk has left of one. */
const HIT = /^\/[esa]\?[!-~]+$/;
/**
 * Hits that the collector has not acknowledged, one a line, in files that are written once, sent as a whole and removed
 * as a whole. The oldest file makes room for what comes.
 */
class Queue {
    folder;
    limits;
    report;
    /** Hits that have made room, or have grown too old. */
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
     * Keeps a hit: in a file before this returns, so that it outlives the process, or in memory where no file takes it.
     * One write into the system's cache costs about a microsecond; it is for power cuts alone that nothing is synced.
     */
    append(line, now) {
        if ((this.diskPause && performance.now() < this.diskPause) || !this.store([...this.memory, line], now))
            this.remember([line]);
    }
    /** The next hits to send, oldest first; undefined where there are none. They are the caller's until settled. */
    async next() {
        this.expire();
        for (;;) {
            let index = this.sealed.findIndex(({ refused }) => !refused);
            if (index < 0)
                index = this.seal() ? this.sealed.length - 1 : 0;
            const [segment] = this.sealed.splice(index, 1);
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
    /** Takes hits back that have not been acknowledged. */
    putBack({ segment, lines }, refused) {
        if (!segment)
            return this.remember(lines, true);
        this.bytes += segment.bytes;
        this.sealed.unshift({ ...segment, refused });
    }
    /** Takes what processes have left that are gone. */
    async adopt() {
        for (const path of await this.folder.adopt()) {
            const found = await stat(path).catch(() => undefined);
            if (found)
                this.add({ path, bytes: found.size });
        }
        this.sealed.sort((a, b) => (basename(a.path) < basename(b.path) ? -1 : 1));
        this.makeRoom(0);
    }
    /** Puts what is in memory on the disk if it will have it, and leaves all files to whoever comes next. */
    close() {
        if (this.memory.length && !this.store(this.memory, Date.now()))
            this.drop(this.memory.length, 'no disk has room');
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
                this.report(`hits are kept in memory, ${this.folder.path} takes none`, error);
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
                throw new Error('no room for the whole of a hit');
        }
        catch (error) {
            // Half of a line may be at its end, which whoever reads it passes over.
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
        this.drop(hits, 'neither disk nor memory has room');
    }
    makeRoom(bytes) {
        while (this.bytes + bytes > this.limits.maxBytes && this.sealed.length)
            void this.discard(this.sealed.shift(), `the queue is full, at ${this.limits.maxBytes} bytes`);
    }
    expire() {
        const oldest = Date.now() - this.limits.maxAge * 1000;
        while (this.sealed[0] && parseInt(basename(this.sealed[0].path)) < oldest)
            void this.discard(this.sealed.shift(), `they waited for more than ${this.limits.maxAge} seconds`);
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
/** Refusals, with nothing taken between them, after which it is not the hits that are at fault. */
const MOST_REFUSALS = 24;
/** Sends what the queue holds, one batch after the other so that hits stay in their order, until it is acknowledged. */
class Sender {
    queue;
    poster;
    report;
    /** Attempts in a row that have failed. */
    failures = 0;
    running;
    timer;
    /** Until when the collector wants to be left alone, by a clock that nobody sets. */
    notBefore = 0;
    /** Requests that were acknowledged, ever. */
    taken = 0;
    stopped = false;
    /** Batches of which nothing was taken, by their file, with `taken` as it was then. */
    suspects = new Map();
    constructor(queue, poster, report) {
        this.queue = queue;
        this.poster = poster;
        this.report = report;
    }
    /** Something waits. No timer of it holds a process. */
    wake(pauseMs = GATHER_MS) {
        if (this.timer || this.running || this.stopped)
            return;
        this.timer = setTimeout(() => void this.attempt(), pauseMs).unref();
    }
    /** Sends all that waits. @returns whether it was acknowledged; false after the first attempt that failed */
    attempt() {
        clearTimeout(this.timer);
        this.timer = undefined;
        this.running ??= this.run().finally(() => {
            this.running = undefined;
            if (!this.queue.isEmpty)
                this.wake(this.failures ? this.pauseMs() : GATHER_MS);
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
                return true;
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
     * A firewall that dislikes the text of one hit must not cost the others: what is refused is halved until those
     * hits are found. They are given up once others have been taken, and until then let others try first.
     */
    async deliver(batch) {
        const id = batch.segment?.path;
        const before = this.suspects.get(id) ?? this.taken;
        const refused = [];
        let refusals = 0;
        let reason = '';
        const send = async (lines) => {
            const body = lines.join('\n');
            if (lines.length <= BATCH_HITS && body.length < REQUEST_BYTES) {
                try {
                    await this.poster.post(body);
                    this.taken++;
                    return;
                }
                catch (error) {
                    if (!isRefusal(error) || (++refusals > MOST_REFUSALS && this.taken === before))
                        throw error;
                    if (lines.length === 1) {
                        refused.push(lines[0]);
                        reason = error.message;
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
            if (refused.length && this.taken === before)
                throw new NotTaken(reason, 400, 0);
        }
        catch (error) {
            if (isRefusal(error))
                this.suspects.set(id, before);
            this.queue.putBack(batch, isRefusal(error));
            throw error;
        }
        this.suspects.delete(id);
        this.queue.drop(refused.length, `they were ${reason}`);
        await this.queue.remove(batch);
    }
    fail(error) {
        const retryAfter = error instanceof NotTaken ? error.retryAfter : 0;
        // With jitter: a collector that comes back must not meet everyone in the same second.
        this.notBefore = performance.now() + retryAfter * 1000 * (1 + Math.random() / 10);
        // One line for an outage, however long.
        if (!this.failures++ && !this.stopped)
            this.report('hits wait, the collector is out of reach', error);
    }
    pauseMs() {
        const backoffMs = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** this.failures) * (0.5 + Math.random());
        return Math.max(backoffMs, this.notBefore - performance.now());
    }
}
function isRefusal(error) {
    return error instanceof NotTaken && error.isRefusal;
}

/** The tracker's cookies (reference section 4.1), which the collector renews and `kmq/node` reads. */
/** How long all of them live, but for the choice (reference section 4.1): five years. */
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

/** How often a client says that it is there, and looks for what others have left. */
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
        report('there is no client, nothing is recorded', error);
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
    const adopted = look().catch((error) => report('what others have left cannot be taken', error));
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
        waits: () => !queue.isEmpty && !sender.failures,
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
        // Who is told of mistakes makes one: there is nobody left to tell.
    }
}

export { createClient, readVisitor };
