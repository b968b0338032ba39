/*! kmq 0.1.0, js-cookie, nanoid: MIT */
/** The page's globals. Not `window`: a module may be imported where there is none. */
const page = globalThis;
/** A setting of the page, else of the site. */
function setting(name) {
    return (page[name] ?? page.KM_SITE?.[name]);
}

let urlAlphabet =
  'useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict';

let nanoid = (size = 21) => {
  let id = '';
  let bytes = crypto.getRandomValues(new Uint8Array((size |= 0)));
  while (size--) {
    id += urlAlphabet[bytes[size] & 63];
  }
  return id
};

/** Calls what a page gave as a callback, if it is one. */
function call(callback, argument) {
    if (typeof callback == 'function')
        guard(() => callback(argument));
}
/** Runs what a page asked for. What goes wrong in it is told to the site's owner, and stops nothing. */
function guard(run) {
    try {
        return run();
    }
    catch (error) {
        return console.error('kmq:', error);
    }
}

const watches = [];
/**
 * Runs something on each click on an element, or each submit of a form, that matches: by mouse, keyboard or
 * touch, whether the element is there yet or comes later, those in open shadow roots included. One listener
 * for all of them, and what the click does is the browser's business: nothing is delayed or prevented.
 */
function watch(...what) {
    // Capturing, so that a page which stops its events does not stop these. Added again, a listener stays one.
    for (const type of ['click', 'auxclick', 'submit', 'focusin'])
        document.addEventListener(type, handle, true);
    watches.push(what);
}
function handle(event) {
    const path = event.composedPath();
    // A submit does not leave its shadow root, but the focus or the click before it does: listened to from then on.
    for (const node of path)
        if (node instanceof ShadowRoot)
            node.addEventListener('submit', handle, true);
    // The middle button opens links, too; the right one opens a menu, which is no click.
    const happened = event.type == 'auxclick' && event.button == 1 ? 'click' : event.type;
    for (const [type, matches, run] of watches) {
        guard(() => {
            const element = type == happened && path.find((node) => node.matches && matches(node));
            if (element)
                run(element);
        });
    }
}

/*! js-cookie v3.0.8 | MIT */
function assign (target) {
  for (var i = 1; i < arguments.length; i++) {
    var source = arguments[i];
    for (var key in source) {
      if (key === '__proto__') continue
      target[key] = source[key];
    }
  }
  return target
}

var defaultConverter = {
  read: function (value) {
    if (value[0] === '"') {
      value = value.slice(1, -1);
    }
    return value.replace(/(%[\dA-F]{2})+/gi, decodeURIComponent)
  },
  write: function (value) {
    return encodeURIComponent(value).replace(
      /%(2[346BF]|3[AC-F]|40|5[BDE]|60|7[BCD])/g,
      decodeURIComponent
    )
  }
};

function init$1(converter, defaultAttributes) {
  function set(name, value, attributes) {
    if (typeof document === 'undefined') {
      return
    }

    attributes = assign({}, defaultAttributes, attributes);

    if (typeof attributes.expires === 'number') {
      attributes.expires = new Date(Date.now() + attributes.expires * 864e5);
    }
    if (attributes.expires) {
      attributes.expires = attributes.expires.toUTCString();
    }

    name = encodeURIComponent(name)
      .replace(/%(2[346B]|5E|60|7C)/g, decodeURIComponent)
      .replace(/[()]/g, escape);

    var stringifiedAttributes = '';
    for (var attributeName in attributes) {
      if (!attributes[attributeName]) {
        continue
      }

      stringifiedAttributes += '; ' + attributeName;

      if (attributes[attributeName] === true) {
        continue
      }

      // Considers RFC 6265 section 5.2:
      // ...
      // 3.  If the remaining unparsed-attributes contains a %x3B (";")
      //     character:
      // Consume the characters of the unparsed-attributes up to,
      // not including, the first %x3B (";") character.
      // ...
      stringifiedAttributes += '=' + attributes[attributeName].split(';')[0];
    }

    return (document.cookie =
      name + '=' + converter.write(value, name) + stringifiedAttributes)
  }

  function get(name) {
    if (typeof document === 'undefined' || (arguments.length && !name)) {
      return
    }

    // To prevent the for loop in the first place assign an empty array
    // in case there are no cookies at all.
    var cookies = document.cookie ? document.cookie.split('; ') : [];
    var jar = {};
    for (var i = 0; i < cookies.length; i++) {
      var parts = cookies[i].split('=');
      var value = parts.slice(1).join('=');

      try {
        var found = decodeURIComponent(parts[0]);
        if (!(found in jar)) jar[found] = converter.read(value, found);
        if (name === found) {
          break
        }
      } catch (_e) {
        // Do nothing...
      }
    }

    return name ? jar[name] : jar
  }

  return Object.create(
    {
      set: set,
      get: get,
      remove: function (name, attributes) {
        set(
          name,
          '',
          assign({}, attributes, {
            expires: -1
          })
        );
      },
      withAttributes: function (attributes) {
        return init$1(this.converter, assign({}, this.attributes, attributes))
      },
      withConverter: function (converter) {
        return init$1(assign({}, this.converter, converter), this.attributes)
      }
    },
    {
      attributes: { value: Object.freeze(defaultAttributes) },
      converter: { value: Object.freeze(converter) }
    }
  )
}

var api = init$1(defaultConverter, { path: '/' });

/** Five years, as the reference has it (section 4.1), in days. */
const LIFE$2 = 1825;
/** How long a page believes what it has read, in milliseconds. */
const FRESH = 1000;
/**
 * Cookies are kept by another process, and asking it costs more than all else that a command does. Another tab
 * may have signed the visitor out, so that nothing is believed for long.
 */
let jar = {};
let freshUntil = 0;
/** The domain that this page's cookies go to, once the browser has taken one there; empty for the host alone. */
let accepted;
/** Writes, for five years unless told, to the widest domain that takes cookies, so that all subdomains know the same person. */
function writeCookie(name, value, days) {
    const before = readCookie(name);
    // A cookie on a narrower domain, where the original wrote them, would hide the new one from the page. The host
    // alone is left out: on an IP address, and on a public suffix such as github.io, it is where this one goes.
    if (before && before != value)
        for (const narrower of domains().slice(1, -1))
            put(name, '', narrower, -1);
    if (accepted != undefined) {
        put(name, value, accepted, days);
        jar[name] = value;
        return;
    }
    // The same again would tell nothing of where it went.
    if (before == value)
        removeCookie(name);
    // Where the line runs between registries and sites (`co.uk`, `github.io`) only the browser knows: it is
    // asked by writing. Patterns get it wrong, see https://github.com/PostHog/posthog-js/issues/888.
    accepted = domains().find((domain) => {
        put(name, value, domain, days);
        forgetCookies();
        return readCookie(name) == value;
    });
}
/** Removes a cookie from every domain on which this page may have one. */
function removeCookie(name) {
    for (const domain of domains())
        put(name, '', domain, -1);
    forgetCookies();
}
/** The site's own choice, then from two labels up to this host, widest first; last the empty one, the host alone. */
function domains() {
    const found = [''];
    // Upwards from the host; one label alone is a registry, or a machine such as localhost.
    for (let host = location.hostname; host.includes('.'); host = host.replace(/.*?\./, ''))
        found.unshift(host);
    const own = setting('KM_COOKIE_DOMAIN');
    return own ? [own, ...found] : found;
}
function put(name, value, domain, expires = LIFE$2) {
    try {
        api.set(name, value, { path: '/', expires, domain, sameSite: 'Lax', secure: location.protocol == 'https:' });
    }
    catch {
        // A sandboxed frame has no cookies, and says so by throwing.
    }
}
function readCookie(name) {
    return cookies()[name];
}
function cookieNames() {
    return Object.keys(cookies());
}
/** Before what must not be about someone else: the next look is at what there is. */
function forgetCookies() {
    freshUntil = 0;
}
function cookies() {
    if (performance.now() > freshUntil) {
        freshUntil = performance.now() + FRESH;
        jar = {};
        try {
            jar = api.get();
        }
        catch {
            // As above.
        }
    }
    return jar;
}

/**
 * Where the visitor's choice is kept. Not `km_`: a refusal removes every such cookie, and has to be
 * remembered itself.
 */
const CHOICE = 'kmq';
/** A year, in days: who agreed is to be asked again some day. */
const LIFE$1 = 365;
/** For browsers that keep no cookie. */
let chosen$1;
function choice() {
    return readCookie(CHOICE) || chosen$1;
}
function choose$1(choice) {
    writeCookie(CHOICE, (chosen$1 = choice), LIFE$1);
}
/**
 * Whether this visitor may be tracked; undefined while they have not been asked. The order: what they said
 * themselves, then a signal of their browser that the site honours, then what the page was told, then the
 * site's default.
 */
function permission() {
    const made = choice();
    if (made == 'in')
        return true;
    if (made == 'out' || signal())
        return false;
    return made ? made == 'granted' : setting('KM_CONSENT') != 'denied' || undefined;
}
/** https://www.w3.org/TR/gpc/ and the Do Not Track that it replaces. */
function signal() {
    return ((setting('KM_GPC') && navigator.globalPrivacyControl) ||
        (setting('KM_DNT') && (page.KMDNTH || navigator.doNotTrack == '1')));
}

/**
 * What is not in a cookie, or not yet: no consent so far, cookies refused by the browser or unwanted by the
 * site. One page view is one person all the same (reference section 4.2). Empty for what is to be removed.
 */
let memory = {};
function recall(name) {
    return (memory[name] || [readCookie(name)])[0];
}
/** Keeps a value for five years, unless told; an empty one is removed. */
function keep(name, value, days) {
    memory[name] = [value, days];
    keepAll();
}
/** Writes what has had to wait; called again when consent has come. */
function keepAll() {
    if (!permission() || setting('KM_COOKIELESS'))
        return;
    for (const name of Object.keys(memory)) {
        const [value, days] = memory[name];
        if (value)
            writeCookie(name, value, days);
        else
            removeCookie(name);
        if ((readCookie(name) || '') == value)
            delete memory[name];
    }
}
/** What would be in localStorage, if the browser had one and the site wanted it. */
const unstored = {};
/** Memory, then localStorage where there is one. To look at it throws where cookies are off. */
function boxes() {
    try {
        return [unstored, localStorage];
    }
    catch {
        return [unstored];
    }
}
/** Removes all that the tracker has ever stored here. */
function removeAll() {
    memory = {};
    forgetCookies();
    cookieNames().filter(isOurs).forEach(removeCookie);
    for (const box of boxes()) {
        for (const name of Object.keys(box).filter(isOurs))
            delete box[name];
    }
}
const isOurs = (name) => name.startsWith('km_');

/** The id from before the visitor was named; a name, where one has taken its place. */
const ANONYMOUS = 'km_ai';
const NAMED = 'km_ni';
/** `KM.i()`: the named id, else the anonymous one, made on first need (reference section 1.3). */
function currentId() {
    return recall(NAMED) || randomId(ANONYMOUS);
}
/** The id that is kept under a name, made on first need. */
function randomId(name) {
    if (!recall(name))
        keep(name, nanoid());
    return recall(name);
}
/** What pages push for “nobody”: every falsy value, and the words null and nil, also in quotes (reference 3.3). */
function isNobody(id) {
    return !id || /^(["']?)(null|nil|)\1$/.test(id);
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

let debugging = false;
/** `debug()`, or `?km_debug=1` in the address: every command, hit and refusal from now on is a line in the console. */
function debug$1() {
    debugging = true;
}
function trace(...details) {
    if (debugging)
        console.log('kmq:', ...details);
}

/** The original's name for what has not arrived (reference section 4.3), here with the hit's id behind it. */
const OUTBOX = 'km_uq';
/** A moment long past, with as many digits as any other: nobody's lease. */
const FREE = 1e12;
/** Characters in memory, and in localStorage, where it is a tenth of what browsers give a site. */
const MOST = [2e6, 5e5];
/** How many make room at a time: to look at all of them costs more than a push may. */
const OLDEST = 200;
/** As far as this page knows: other tabs' are counted when they are read. */
let held = [0, 0];
let dropped = 0;
/**
 * Keeps a hit, under a name of its own: tabs never write over each other's, and a push costs the same however
 * many wait. Where localStorage is full, refused or not permitted it is kept in memory, for as long as the page is
 * there. The oldest make room; how many have done so on this page is a property of the hit for which they do.
 */
function keepHit(entry, leased = entry[2]) {
    const [name, address] = entry;
    const all = boxes();
    forgetHit(entry);
    for (let index = !permission() || setting('KM_COOKIELESS') ? 1 : all.length; index--;) {
        if (held[index] + address.length < MOST[index]) {
            try {
                all[index][name] = leased + address;
                held[index] += address.length;
                return;
            }
            catch {
                // Full, by what others keep there.
            }
        }
    }
    const oldest = waitingHits().slice(0, OLDEST);
    oldest.forEach(forgetHit);
    dropped += oldest.length;
    if (oldest[0])
        keepHit([name, `${address}&Dropped%20Hits=${dropped}`, leased]);
}
/** @returns false where it was forgotten before */
function forgetHit([name, address]) {
    return boxes().some((box, index) => name in box && ((held[index] -= address.length), delete box[name]));
}
/** All that are kept, those of other tabs and of earlier pages among them, in the order of their pushes. */
function waitingHits() {
    const all = boxes();
    held = [0, 0];
    return all
        .flatMap(Object.keys)
        .filter((name) => name.startsWith(OUTBOX))
        .sort()
        .map((name) => {
        const index = +!(name in all[0]);
        const text = all[index][name];
        const address = text.slice(13);
        held[index] += address.length;
        return [name, address, parseInt(text)];
    });
}

/** How long an answer may take, in milliseconds. */
const PATIENCE = 15_000;
/** How long a hit belongs to whoever has sent it. */
const LEASE = 20_000;
/** How long a callback waits. */
const CALLBACK = 2000;
/** The longest wait between two attempts. */
const LONGEST_PAUSE = 60_000;
/** Characters in one batch: browsers share 64 KiB among all requests that outlive their page. */
const BATCH_ROOM = 60_000;
/** A longer address goes by POST: something on its way may cut it. */
const LONG_ADDRESS = 2000;
/** As many as browsers open connections to a host. What comes on top waits, and goes together. */
const MOST_REQUESTS = 6;
const callbacks = {};
/** Hits that would be lost with this page: it waits for their answers. */
const unsafe = new Set();
/** Requests that have not been answered. */
let requests = 0;
/** In a row; those that were on their way at the same time are one. */
let failures = 0;
/** Hits wait that nobody sends. */
let more = false;
let timer;
/**
 * Sends a hit, at once unless the visitor has still to be asked or the collector is out of reach, and keeps it until
 * it is acknowledged.
 * @param callback called once: with true when it has been acknowledged; with false after a failed attempt or
 *   two seconds, and the hit is delivered later
 */
function deliver(id, address, callback) {
    const entry = [OUTBOX + id, address, FREE];
    if (callback) {
        callbacks[entry[0]] = callback;
        setTimeout(answer, CALLBACK, entry[0], false);
    }
    if (!permission() || failures || requests >= MOST_REQUESTS) {
        keepHit(entry);
        more = true;
    }
    else
        send([entry]);
}
function answer(name, delivered) {
    call(callbacks[name], delivered);
    delete callbacks[name];
}
function deliverSoon(pause) {
    clearTimeout(timer);
    timer = setTimeout(deliverWaiting, pause);
}
/** Leases hits, and gives their addresses, with the age of those that had to wait. */
function lease(entries, time) {
    const now = Date.now();
    return entries.map((entry) => {
        keepHit(entry, now + time);
        const age = Math.round((now - +entry[0].slice(OUTBOX.length, OUTBOX.length + 13)) / 1000);
        return entry[1] + (age > 0 && !page.KM_PLAIN ? `&${AGE}=${age}` : '');
    });
}
function send(entries) {
    const lines = lease(entries, LEASE);
    for (const [name] of entries)
        unsafe.add(name);
    const earlier = failures;
    requests++;
    let settle = (delivered) => {
        settle = () => { };
        requests--;
        failures = delivered ? 0 : earlier + 1;
        trace(delivered ? 'delivered' : 'holds back', ...lines);
        for (const entry of entries) {
            // Where it is gone, another attempt has been acknowledged.
            if (forgetHit(entry) && !delivered)
                keepHit(entry);
            unsafe.delete(entry[0]);
            answer(entry[0], delivered);
        }
        // Exponential, with jitter: a collector that comes back must not meet everyone in the same second. Else there is
        // more to send, or what another tab may have left when its lease is over.
        deliverSoon(failures ? Math.min(LONGEST_PAUSE, 1000 * 2 ** failures) * (0.5 + Math.random()) : more ? 0 : LEASE);
    };
    if (!page.KM_PLAIN && (lines[1] || lines[0].length > LONG_ADDRESS)) {
        fetch(page.KM_COLLECTOR + BATCH, {
            method: 'POST',
            body: lines.join('\n'),
            signal: AbortSignal.timeout?.(PATIENCE),
        }).then(({ ok }) => settle(ok), () => settle(false));
        return;
    }
    const image = new Image();
    image.onload = image.onerror = (event) => settle(event.type == 'load');
    image.src = page.KM_COLLECTOR + lines[0];
    setTimeout(() => {
        settle(false);
        // Gives the connection back: a host gets six of them.
        image.src = '';
    }, PATIENCE);
}
/** May be sent by whoever finds it. */
const isFree = ([, , leased]) => leased < Date.now();
/** As many as fit into one request. A hit that is too long for any goes alone. */
function fitting(entries) {
    let room = BATCH_ROOM;
    return entries.filter(([, address], index) => (room -= address.length) > 0 || !index);
}
/**
 * Sends what nobody else is sending: after failures, and what earlier pages and crashed tabs have left behind.
 * Of several tabs one at a time looks (https://w3c.github.io/web-locks/), and takes a lease on what it sends: a
 * tab that dies holds up nothing, and no lock is held that would keep a page out of the back-forward cache.
 */
function deliverWaiting() {
    const take = () => {
        // What waits for the visitor's answer is kept with the rest.
        if (!permission())
            return;
        const kept = waitingHits();
        const free = kept.filter(isFree);
        // One by one to other implementations; and every other time after a failure, should the site allow no POST.
        const taken = page.KM_PLAIN || failures % 2 ? free.slice(0, 1) : fitting(free);
        more = free.length > taken.length;
        if (taken[0])
            send(taken);
        else if (kept[0])
            deliverSoon(LEASE);
    };
    // Only where the page is secure.
    if (navigator.locks)
        navigator.locks.request(OUTBOX, { ifAvailable: true }, (lock) => (lock ? take() : deliverSoon(1000))).catch(take);
    else
        take();
}
/** What is not acknowledged leaves at once, in the way that outlives its page, as far as browsers allow. */
function deliverLeaving() {
    if (!permission())
        return;
    const leaving = waitingHits().filter((entry) => unsafe.delete(entry[0]) || isFree(entry));
    // After failures the next page had better try again than trust in this.
    const lines = lease(fitting(leaving), failures ? 0 : LEASE);
    if (page.KM_PLAIN)
        lines.forEach((line) => navigator.sendBeacon(page.KM_COLLECTOR + line));
    else if (lines[0])
        navigator.sendBeacon(page.KM_COLLECTOR + BATCH, lines.join('\n'));
}
/** Follows the page's life: hidden may be the last that is heard of it (https://developer.chrome.com/docs/web-platform/page-lifecycle-api). */
function startDelivery() {
    addEventListener('visibilitychange', () => (document.hidden ? deliverLeaving() : deliverWaiting()));
    addEventListener('pagehide', deliverLeaving);
    addEventListener('online', deliverWaiting);
    // Not in the task that starts the tracker: what is left from earlier pages can wait that long.
    deliverSoon(0);
}

/** When the command that is running was pushed, in milliseconds; 0 while none is. */
let pushed = 0;
/** Runs a command as of the moment of its push, which may lie seconds before the tracker arrived. */
function runAsOf(moment, command) {
    pushed = moment;
    guard(command);
    pushed = 0;
}
/** When what happens now was pushed, in milliseconds. */
function moment() {
    return pushed || Date.now();
}
/** `KM.ts()`: Unix seconds, rounded as in the original (reference section 1.3). */
function ts() {
    return Math.round(moment() / 1000);
}

let count = 0;
/**
 * Sends one hit. What the caller gives wins over what the tracker knows, `_p`, `_t` with `_d=1` and even
 * `_i` among it, as in the original (reference section 2.3). The fields come first: an address that is cut
 * on its way loses the end of the last property and not the person.
 * @param callback called once, with whether the hit has been acknowledged; at once with false where it may not be sent
 */
function sendHit(path, fields, properties, callback) {
    const permitted = permission();
    // Microseconds by name only: those of one millisecond are counted, so that they sort as they were pushed.
    const id = moment() * 1000 + (count++ % 1000) + nanoid(10);
    const parameters = {
        [KEY]: page._kmk,
        ...fields,
        [TIME]: ts(),
        // An object does not travel.
        [HIT_ID]: page.KM_PLAIN ? {} : id,
        ...properties,
    };
    const address = encodeHit(path, parameters);
    trace(permitted ? 'sends' : 'holds back', path, parameters);
    if (!page._kmk || !page.KM_COLLECTOR)
        console.error('kmq:', 'no key or no collector');
    else if (permitted !== false)
        return deliver(id, address, callback);
    call(callback, false);
}

/**
 * `alias(id, other?)`: both identities are one person, for good; without the other it is the current one.
 * Sends nothing for two that are the same (reference section 1.3) or an id that means nobody.
 */
function alias$1(id, other) {
    const person = isNobody(other) ? currentId() : other;
    // Loosely: 7 and '7' are one on the wire.
    if (!isNobody(id) && id != person)
        sendHit('/a', { [NAME]: id, [PERSON]: person }, {});
}

/**
 * `identify(id)`: names this visitor, and ties what they did anonymously to the name (reference section 3.3).
 * An id that means nobody is `clearIdentity()`.
 * @throws TypeError for an object: all who were named “[object Object]” would be one person
 */
function identify$1(id) {
    if (isNobody(id))
        return clearIdentity$1();
    if (Object(id) === id)
        throw TypeError('identify takes a text');
    forgetCookies();
    const name = String(id);
    const named = recall(NAMED);
    const anonymous = recall(ANONYMOUS);
    keep(NAMED, name);
    // The anonymous id belonged to whoever was named first: written over, it can never be tied to another.
    // Else it is written again to live as long as the name: left alone with it, it would be tied to the next one, too.
    if (named || anonymous)
        keep(ANONYMOUS, named ? name : anonymous);
    // The one case in which an alias is due. Never of a name, or two people who share a browser would be merged for good.
    if (!named)
        alias$1(name, anonymous);
}
/** `clearIdentity()`: the next need makes a new anonymous person. An anonymous visitor stays who they are. */
function clearIdentity$1() {
    forgetCookies();
    if (!recall(NAMED))
        return;
    keep(NAMED, '');
    keep(ANONYMOUS, '');
}

/** `KM.u()`: the current address. */
function currentUrl() {
    return location.href;
}
/** `KM.rf()`: where the visitor came from, or what the page says in `KM_REFERRER` (reference section 1.2). */
function referrer() {
    return page.KM_REFERRER ?? document.referrer;
}
/** The referrer as events name it; the text null is what some browsers once sent for none. */
function referrerOrDirect() {
    return /^(null)?$/.test(referrer()) ? 'Direct' : referrer();
}
/** The host of an address as sites are compared: lower case, without the first `www.`; empty for none. */
function hostOf(url = referrer()) {
    return /^\w+:\/\/(?:www\.)?([^/?#:]*)/.exec(url.toLowerCase())?.[1] || '';
}
/** The parameters of an address, the fragment apart. */
function parametersOf(url = currentUrl()) {
    return new URLSearchParams(/\?([^#]*)/.exec(url)?.[1]);
}
/** Takes parameters out of the address bar and leaves the others as they were written. */
function takeFromAddress(parameters) {
    const kept = location.search
        .slice(1)
        .split('&')
        .filter((parameter) => !parameters.test(parameter))
        .join('&');
    history.replaceState(history.state, '', location.origin + location.pathname + (kept && '?' + kept) + location.hash);
}

/** How long a link carries somebody, in milliseconds: a slow page may take as long to arrive. */
const LIFE = 120_000;
/** The one of the site's domains that a host belongs to. */
function domainOf(host) {
    return setting('KM_DOMAINS')?.find((domain) => ('.' + host).endsWith('.' + domain));
}
/** Before any command runs, so that it is about the right person. */
function crossDomain() {
    if (!setting('KM_DOMAINS'))
        return;
    welcomeVisitor();
    watch('click', leadsAway, carryVisitor);
}
function leadsAway(element) {
    const domain = domainOf(element.hostname);
    return domain && domain != domainOf(location.hostname) && permission();
}
/**
 * Links to the site's other domains carry the visitor along, who is another person there otherwise. Only a
 * visitor's click makes such a link, and the address is put back: what is copied from the page carries nobody.
 * The parameter is none of the URL API, which would make it a property.
 */
function carryVisitor(element) {
    const link = element;
    const { href } = link;
    let id = currentId();
    // Names, e-mail addresses often, have no place in an address: an id of this click's own stands for them.
    if (recall(NAMED))
        alias$1((id = nanoid()), currentId());
    link.search += '&_kmx=' + encodeURIComponent(`${+!!recall(NAMED)}.${Date.now()}.${id}`);
    setTimeout(() => (link.href = href));
}
/**
 * Takes over a visitor who comes from another of the site's domains, unless someone is named here. The
 * address is theirs for two minutes and only behind a link of these domains: copied, it merges no strangers.
 */
function welcomeVisitor() {
    const [named, time, id] = (parametersOf().get('_kmx') || '').split('.');
    if (!id)
        return;
    takeFromAddress(/^_kmx=/);
    if (Math.abs(Date.now() - +time) < LIFE && domainOf(hostOf()) && !recall(NAMED)) {
        if (+named)
            identify$1(id);
        else {
            alias$1(recall(ANONYMOUS), id);
            keep(ANONYMOUS, id);
        }
    }
}

/** What is no object in the place of properties counts as none, a function among it (reference section 2.3). */
function asProperties(value) {
    return value && typeof value == 'object' ? value : {};
}

/**
 * `set(properties, callback?)`: properties of the person. Sends nothing without at least one member that is
 * no function (reference section 2.3); the callback is called all the same.
 */
function set$1(properties, callback) {
    const given = asProperties(properties);
    if (Object.values(given).some((value) => typeof value != 'function')) {
        sendHit('/s', { [PERSON]: currentId() }, given, callback);
    }
    else
        call(callback, false);
}

/**
 * `record(name, properties?, callback?)`: an event. Without a name, or with properties in its place, it is
 * `set` (reference section 2.3).
 */
function record$1(name, properties, callback) {
    if (name && (typeof name != 'object' || properties)) {
        sendHit('/e', { [NAME]: name, [PERSON]: currentId() }, asProperties(properties), callback);
    }
    else {
        set$1(name || properties, callback);
    }
}

/** Names that begin with km, an underscore after it or not (reference section 6.1); km_debug is the tracker's own. */
const TAG = /^km(?!_debug$)_?(.+)/;
/**
 * The URL API: `kme` is an event, `kmi` an identity, `km_<Name>` a property. The identity is applied first;
 * properties without an event are set.
 */
function taggedUrl() {
    const properties = {};
    let event;
    let identity;
    parametersOf().forEach((value, name) => {
        const tag = TAG.exec(name)?.[1];
        if (tag == 'e')
            event = value;
        else if (tag == 'i')
            identity = value;
        else if (tag)
            properties[tag] = value;
    });
    if (identity)
        identify$1(identity);
    record$1(event, properties);
    // A name that is written with escapes is not one that a link builder made.
    if (setting('KM_CLEAN_URL'))
        takeFromAddress(/^km_?./);
}

/** The property `Referrer`, on a page that was reached from another site (reference section 5.2). */
function externalReferrer() {
    const host = hostOf();
    if (host && host != hostOf(currentUrl()))
        set$1({ Referrer: referrer() });
}

/** `KM.pageView()`: the event `Page View` (reference section 5.6). */
function pageView$1(from = referrerOrDirect()) {
    record$1('Page View', { 'Viewed URL': currentUrl(), Referrer: from });
}
/** What is one page to its reader: a fragment is a place on it, unless it is a route (`#/cart`, `#!cart`). */
const route = (url) => url.replace(/#(?![/!]).*/, '');
/**
 * A page view now, and one for every page that an application shows without loading it. Addresses are
 * compared, since one step back fires both popstate and hashchange
 * (https://github.com/plausible/plausible-tracker/issues/58), and only once the task is over, since routers
 * correct themselves with replaceState. A page that comes out of the back-forward cache is viewed again.
 */
function pageViews() {
    let shown = currentUrl();
    const changed = () => {
        const from = shown;
        if (route(currentUrl()) == route(from))
            return;
        shown = currentUrl();
        pageView$1(from);
    };
    const routed = () => setTimeout(() => guard(changed));
    for (const method of ['pushState', 'replaceState']) {
        const original = history[method].bind(history);
        history[method] = (...parameters) => {
            original(...parameters);
            routed();
        };
    }
    addEventListener('popstate', routed);
    addEventListener('hashchange', routed);
    addEventListener('pageshow', ({ persisted }) => persisted && guard(pageView$1));
    pageView$1();
}

/**
 * Search engines by the begin of their host, which they keep under every country's domain; at most two letters
 * and `www.`, which `hostOf` has taken away, stand before it. Portals and mail of the same companies are none.
 */
const ENGINES = 'Google Bing DuckDuckGo Ecosia Yandex Baidu Ask search.Yahoo search.AOL search.Brave search.Naver';
/** What the engines call the terms in their addresses. */
const TERMS = ['q', 'p', 'query', 'wd', 'text'];
/**
 * The search that led here, if one did. Nearly all engines keep the terms to themselves by now: then they
 * are `Not Provided`, as in later versions of the original (reference section 5.5).
 */
function searchHit() {
    const host = hostOf();
    const parameters = parametersOf(referrer());
    const engine = ENGINES.split(' ').find((name) => RegExp(`^(..?\\.)?${name}\\.`, 'i').test(host));
    return (engine && {
        'Search Engine': engine.replace('search.', ''),
        'Search Terms': TERMS.map((term) => parameters.get(term)).find(Boolean) || 'Not Provided',
    });
}
/** `Search Engine Hit`; a click on an advertisement there is an `Ad Campaign Hit` instead. */
function searchEngine() {
    const hit = searchHit();
    if (hit && !parametersOf().get('gclid'))
        record$1('Search Engine Hit', hit);
}

/** Parameters of tagged links, and the property of each. */
const PROPERTIES = {
    source: 'Source',
    medium: 'Medium',
    campaign: 'Name',
    term: 'Terms',
    content: 'Content',
};
/**
 * `Ad Campaign Hit`, for a link tagged with utm parameters or with Google's `gclid` (reference section 5.4).
 * One click is one event, whichever of them it carries.
 */
function campaign() {
    const parameters = parametersOf();
    const hit = {};
    if (!setting('KM_SKIP_UTM')) {
        for (const [name, property] of Object.entries(PROPERTIES)) {
            const value = parameters.get('utm_' + name);
            if (value)
                hit['Campaign ' + property] = value;
        }
    }
    const paid = parameters.get('gclid') && !setting('KM_SKIP_SEARCH_ENGINE');
    if (paid || Object.keys(hit).length)
        record$1('Ad Campaign Hit', { ...hit, ...(paid && searchHit()), URL: currentUrl() });
}

const VISIT = 'km_vs';
/** Half an hour without a page ends a visit, in days. */
const HALF_AN_HOUR$1 = 1 / 48;
/** `Visited Site`, once a visit (reference section 5.1). */
function visitedSite() {
    if (!recall(VISIT))
        record$1('Visited Site', { URL: currentUrl(), Referrer: referrerOrDirect() });
    keep(VISIT, '1', HALF_AN_HOUR$1);
}

/**
 * What must never leave the browser: by the field's name (`_`, `-` and brackets left out), by what browsers
 * are told to fill in, by its type (reference section 5.8, and today's forms).
 */
const SENSITIVE = /pass|pwd|pin\b|billing|card|\bcc|ccnum|exp|sec(code|ur|ret|num)|cv[cvn]|ssn|soc(ial)?s|csc|iban|routing|account|taxid|otp|one.?time|token|csrf/i;
/** A card's number, whatever its field is called: 13 to 19 digits (ISO/IEC 7812). */
const CARD_NUMBER = /^\W*(\d\W*){13,19}$/;
const IDENTITY = /userid|login|username|email/i;
/**
 * The fields of a form that may be sent, by the rules of the reference (section 5.8), and the first value that
 * looks like an identity.
 */
function formFields(form) {
    const fields = {};
    let identity = '';
    for (const field of setting('KM_SKIP_FORM_FIELDS') ? [] : Array.from(form.elements)) {
        const { type, classList } = field;
        const name = field.name || '';
        const plain = name.replace(/[[\]_-]/g, '');
        const isIdentity = IDENTITY.test(plain);
        // A chosen option without a value is its text.
        const value = field.value || field.selectedOptions?.[0]?.text || '';
        if (SENSITIVE.test([plain, name, field.getAttribute('autocomplete'), type].join(' ')) ||
            CARD_NUMBER.test(value) ||
            (!classList.contains('km_include') &&
                (classList.contains('km_ignore') ||
                    !((/radio|checkbox/.test(type) && field.checked) ||
                        /^(text$|select)/.test(type) ||
                        (type == 'email' && isIdentity)))))
            continue;
        const list = name.replace(/\[\]$/, '');
        // As a list it is joined on its way.
        if (list != name)
            fields[list] = [fields[list] ?? [], value.replace(/,/g, ' ')].flat().sort();
        else if (name)
            fields[name.replace(/\[(.*?)\]/, '_$1')] = value;
        if (isIdentity && value.trim())
            identity ||= value;
    }
    return [fields, identity];
}

/**
 * `trackClick(target, name, properties?)`: an event for each click on an element (reference section 5.7).
 * Targets: an element, `.class`, an id with or without `#`, a CSS selector.
 */
function trackClick$1(target, name, properties) {
    watch('click', isTarget(target), () => record$1(name, properties));
}
/** `trackSubmit(target, name, properties?)`: an event for each submit of a form, with its fields (section 5.8). */
function trackSubmit$1(target, name, properties) {
    watch('submit', isTarget(target), (form) => {
        const [fields, identity] = formFields(form);
        // First, so that the alias comes before the event.
        if (identity && setting('KM_FORM_IDENTITY') && !recall(NAMED))
            identify$1(identity);
        record$1(name, { ...fields, ...asProperties(properties) });
    });
}
function isTarget(target) {
    const text = String(target);
    return (element) => element == target ||
        // A form may hold a field that is called id.
        element.getAttribute('id') == text.replace(/^#/, '') ||
        // One word is an id and no element's name: `form` is what pages call their form. `:is` forgives what is no selector.
        (/[^\w-]/.test(text) && element.matches(`:is(${text})`));
}

/** Scheme and fragment apart, in lower case; what stands before the first slash is the host. */
function split(address) {
    const [, host, path, query] = /^(?:\w*:?\/\/)?([^/?#]*)([^?#]*)\??([^#]*)/.exec(address.toLowerCase());
    return [
        host,
        // index.html, home and the slash at the end are the folder itself; `/a/*` takes in `/a`.
        path.replace(/\/((index|home)[^/]*)?$/, '').replace(/\/\*$/, '*'),
        new URLSearchParams(query),
    ];
}
/**
 * `KM.um(pattern, url?)`: whether an address, the current one unless told, fits a pattern (reference section
 * 6.2). `*` stands for any text; a host counts where the pattern names one; parameters of the pattern must
 * be there, in any order and among others, with `*` for any value but an empty one.
 */
function urlMatches(pattern, url = currentUrl()) {
    const [wantedHost, wantedPath, wanted] = split(pattern);
    const [host, path, given] = split(url);
    return (fits(wantedHost || '*', host) &&
        fits(wantedPath, path) &&
        [...wanted].every(([name, value]) => given.getAll(name).some((present) => (value == '*' ? present : present == value))));
}
/** Pieces behind a wildcard are looked for from the end, each behind the one before it. */
function fits(pattern, text) {
    const [first, ...rest] = pattern.split('*');
    let end = text.startsWith(first) ? first.length : Infinity;
    for (const piece of rest) {
        const at = piece ? text.lastIndexOf(piece) : end;
        end = at < end ? Infinity : at + piece.length;
    }
    return end == text.length || (end < Infinity && pattern.endsWith('*'));
}
/** `KM.urm(regex)`: whether a regular expression finds something in the whole current address. */
function urlMatchesRegex(regex) {
    return RegExp(regex).test(currentUrl());
}

/** The Event Library: events that the owner set up outside the page, evaluated once (reference section 6.3). */
function eventLibrary() {
    for (const { type, match, event } of setting('KM_LIBRARY') || []) {
        guard(() => {
            if (type == 'click')
                trackClick$1(match, event);
            else if (type == 'submit')
                trackSubmit$1(match, event);
            else if (type == 'regex' ? urlMatchesRegex(match) : urlMatches(match))
                record$1(event);
        });
    }
}

const LAST_VISIT = 'km_lv';
/** Found returning once, a browser is never asked again. */
const KNOWN = 'x';
const HALF_AN_HOUR = 1800;
/** The property `Returning`, once a browser (reference section 5.3). */
function returning() {
    const last = recall(LAST_VISIT);
    if (last == KNOWN)
        return;
    const isBack = last ? ts() - +last >= HALF_AN_HOUR : recall(NAMED);
    if (isBack)
        set$1({ Returning: 1 });
    keep(LAST_VISIT, isBack ? KNOWN : '' + ts());
}

/** What is tracked unasked, in the original's order, each with the setting that skips it (reference section 2.2). */
const AUTOMATIC = [
    [taggedUrl, 'KM_SKIP_URL'],
    [pageViews, 'KM_SKIP_PAGE_VIEW'],
    [visitedSite, 'KM_SKIP_VISITED_SITE'],
    [externalReferrer, 'KM_SKIP_REFERRER'],
    [searchEngine, 'KM_SKIP_SEARCH_ENGINE'],
    [campaign],
    [returning, 'KM_SKIP_RETURNING'],
    [eventLibrary],
];
/** The automatic features that the site has not switched off; page views are off until it switches them on. */
function automaticFeatures() {
    return AUTOMATIC.flatMap(([run, skip]) => (skip && (setting(skip) ?? run == pageViews) ? [] : run));
}

/** What was chosen on this page: a test keeps its variant even where the list differs later. */
const chosen = { __proto__: null };
/** `KM.abi()`: the id that A/B tests go by, apart from who the visitor is (reference section 1.3). */
function abId() {
    return randomId('km_abi');
}
/**
 * `KM.ab(name, variants, callback?)`: the visitor's variant of a test, and a property of that name (reference
 * section 7). Variants are a list, or an object of weights of any scale.
 *
 * Nothing is stored but the id. Each variant draws a number from id, test and its own name, and the best by
 * weight wins (weighted rendezvous hashing): tests do not influence each other, and a variant that is added
 * takes people from the others without moving anyone between them.
 */
function ab$1(test, variants, callback) {
    if (!test)
        return null;
    if (!(test in chosen)) {
        chosen[test] = choose(abId(), test, variants);
        if (chosen[test])
            set$1({ [test]: chosen[test] });
    }
    const variant = chosen[test];
    call(callback, variant);
    return variant;
}
/** @returns null where there is nothing to choose from; the first where no variant has a weight */
function choose(id, test, variants) {
    const isList = Array.isArray(variants);
    let best = -Infinity;
    let winner = null;
    for (const [key, value] of Object.entries(Object(variants))) {
        const name = (isList ? value : key);
        const weight = isList ? 1 : value;
        // The larger the weight, the closer to zero the number is drawn.
        const drawn = Math.log(uniform(`${test}\n${name}\n${id}`)) / weight;
        winner ??= name;
        if (weight > 0 && drawn > best) {
            best = drawn;
            winner = name;
        }
    }
    return winner;
}
/**
 * A number between 0 and 1, the same for the same text. Each step is one that can be undone and mixes all
 * bits, so that texts which differ at the beginning alone draw what is as good as independent.
 */
function uniform(text) {
    let hash = 1;
    for (const character of text) {
        hash = Math.imul(hash ^ character.charCodeAt(0), 0x85ebca6b);
        hash ^= hash >>> 15;
    }
    return (hash >>> 0) / 2 ** 32;
}

/**
 * `consent('granted' | 'denied')`: what the visitor answered. Hits that have waited go out in their order, or
 * are forgotten with all that is stored. It is remembered for a year, and does not overrule `optOut`.
 * @throws TypeError for another word
 */
function consent$1(answer) {
    if (answer != 'granted' && answer != 'denied')
        throw TypeError('consent takes granted or denied');
    if (!/^(in|out)$/.test(choice()))
        decide(answer);
}
/** `optOut()`: this visitor does not want to be tracked, whatever the page is told later. */
function optOut$1() {
    decide('out');
}
/** `optIn()`: takes `optOut` back, and overrules a signal of the browser. */
function optIn$1() {
    decide('in');
}
function decide(made) {
    choose$1(made);
    if (permission())
        keepAll();
    else
        removeAll();
    deliverWaiting();
}

/**
 * The events of a business by subscription: values of the properties named here, then further properties.
 * Values that say nothing are dropped: null, empty text, objects, functions (reference section 1.3).
 */
function planEvent(event, ...names) {
    return (...values) => {
        const all = { ...asProperties(values[names.length]) };
        names.forEach((name, index) => (all[name] = values[index]));
        for (const name of Object.keys(all)) {
            if (all[name] === '' || !/str|num|boo/.test(typeof all[name]))
                delete all[name];
        }
        record$1(event, all);
    };
}

/** Those with a fixed number of parameters can also be pushed flat, see the queue. */
const METHODS = {
    record: record$1,
    set: set$1,
    identify: identify$1,
    alias: alias$1,
    clearIdentity: clearIdentity$1,
    i: currentId,
    ts,
    rf: referrer,
    u: currentUrl,
    um: urlMatches,
    urm: urlMatchesRegex,
    ab: ab$1,
    abi: abId,
    pageView: pageView$1,
    trackClick: trackClick$1,
    trackClickOnOutboundLink: trackClick$1,
    trackSubmit: trackSubmit$1,
    trackForm: trackSubmit$1,
    signedUp: planEvent('Signed Up', 'Plan Name'),
    upgraded: planEvent('Upgraded', 'Plan Name'),
    downgraded: planEvent('Downgraded', 'Plan Name'),
    billed: planEvent('Billed', 'Billing Amount', 'Billing Description'),
    canceled: planEvent('Canceled'),
    cancelled: planEvent('Canceled'),
    consent: consent$1,
    optOut: optOut$1,
    optIn: optIn$1,
    debug: debug$1,
};
/** The `KM` object, each method on its own: what goes wrong in one stops nothing. */
function createKM() {
    // Without a prototype: a page that pushes `constructor` calls nothing.
    const km = { __proto__: null };
    for (const [name, method] of Object.entries(METHODS)) {
        km[name] = (...parameters) => guard(() => {
            trace(name, ...parameters);
            return method(...parameters);
        });
    }
    return km;
}

/**
 * Learns collector and key from the address that the tracker was loaded from, `https://host/KEY.js` or
 * `KEY.2.js` as the original named it, unless the page says so itself. `kmq.js` is the file for a CDN and
 * names no key.
 */
function loadedFrom(address) {
    const [, origin, name] = /^(\w+:\/\/[^/]+).*?([^/?#]+?)(?:\.\d+)?\.js(?:[?#]|$)/.exec('') || [];
    page.KM_COLLECTOR = (page.KM_COLLECTOR || origin)?.replace(/\/$/, '');
    page._kmk ||= page.KM_KEY || (name != 'kmq' && name ? decodeURIComponent(name) : '');
}

/**
 * Runs what the page has pushed so far, in its order, and from then on at once (reference section 2).
 * The queue stays the object that it was: code that holds it, or has replaced its push, goes on working
 * (https://github.com/segmentio/analytics.js-core/issues/59).
 * @param automatic what is tracked unasked: after what the page has pushed so far, before what that pushes
 */
function startQueue(km, automatic) {
    const given = page._kmq;
    const queue = (given && typeof given == 'object' ? given : []);
    const times = queue.t || [];
    times[0] ||= times[queue.length] = Date.now();
    times.push.apply(queue, automatic);
    run(km, queue, times);
    queue.length = 0;
    // The loader's mark: pasted a second time, it leaves this queue alone.
    queue.t = [];
    // `this` is not used: debuggers save push and call it on objects of their own.
    queue.push = (...items) => run(km, items, []);
    page._kmq = queue;
}
/**
 * Runs items in their order. The length is read anew each time: what a pushed function pushes while the
 * tracker starts joins the end of the same run.
 * @param times when each item was pushed, in milliseconds; a gap is as old as the item before it
 */
function run(km, items, times) {
    let moment = 0;
    for (let index = 0; index < items.length;) {
        const item = items[index];
        moment = times[index++] || moment;
        let command;
        if (isCommand(km, item)) {
            command = [item];
            while (index < items.length && belongs(km, command, items[index]))
                command.push(items[index++]);
        }
        else {
            // Copied: the original emptied the array, and pages push the same one again.
            command = Array.from(asProperties(item));
        }
        const [name, ...parameters] = command;
        if (typeof item == 'function')
            runAsOf(moment, item);
        else if (isCommand(km, name))
            runAsOf(moment, () => km[name](...parameters));
        else
            trace('does not know', item);
    }
}
function isCommand(km, name) {
    return typeof name == 'string' && typeof km[name] == 'function';
}
/**
 * The flat form, `_kmq.push('identify', 'bob')`, which two pages of the specification show: before the
 * tracker has loaded it is two items in a row. An argument is what follows, until the command has all it
 * can take or something else begins: an array, a function that is no callback, another command.
 */
function belongs(km, [name, ...taken], next) {
    return (taken.length < METHODS[name]?.length &&
        !Array.isArray(next) &&
        (typeof next != 'function' || typeof taken[taken.length - 1] == 'object') &&
        !(taken.length && isCommand(km, next)));
}

/**
 * Puts `KM` and the live `_kmq` into the page; a second tracker on the same page does nothing.
 * @param script address that the tracker was loaded from, which names collector and key
 */
function start(script) {
    // Only one with a record is ours, or the original: any element with the id KM is a global, too.
    if (page.KM?.record)
        return;
    // A page that is rendered ahead of its time may never be seen. Until it is, its commands wait in the queue.
    if (document.prerendering) {
        document.addEventListener('prerenderingchange', () => start());
        return;
    }
    loadedFrom();
    if (location.search.includes('km_debug=1'))
        debug$1();
    // Who has said no, or comes to a site that stores nothing any more, keeps nothing of what was stored before.
    if (permission() === false || setting('KM_COOKIELESS'))
        removeAll();
    const km = (page.KM = createKM());
    startDelivery();
    guard(crossDomain);
    startQueue(km, automaticFeatures());
}

/**
 * `import { init, record } from 'kmq'`: the tracker for applications that bundle it. Importing it does
 * nothing and needs no browser; before `init` commands wait in `_kmq`, as they do in a page.
 */
/** Starts the tracker; called again, or where there is no browser, it does nothing. */
function init({ key, collector, plain, settings }) {
    if (typeof window == 'undefined')
        return;
    page._kmk = key;
    page.KM_COLLECTOR = collector;
    if (plain)
        page.KM_PLAIN = plain;
    if (settings)
        page.KM_SITE = settings;
    start();
}
const record = command('record');
const set = command('set');
const identify = command('identify');
const alias = command('alias');
const clearIdentity = command('clearIdentity');
const pageView = command('pageView');
const trackClick = command('trackClick');
const trackClickOnOutboundLink = command('trackClickOnOutboundLink');
const trackSubmit = command('trackSubmit');
const signedUp = command('signedUp');
const upgraded = command('upgraded');
const downgraded = command('downgraded');
const billed = command('billed');
const canceled = command('canceled');
const consent = command('consent');
const optOut = command('optOut');
const optIn = command('optIn');
const debug = command('debug');
/** The visitor's variant of a test, as soon as the tracker is there; never where there is no browser. */
const ab = command('ab');
function command(name) {
    return (...parameters) => {
        if (typeof window == 'undefined')
            return;
        const queue = (page._kmq ||= []);
        queue.push([name, ...parameters]);
    };
}

export { ab, alias, billed, canceled, clearIdentity, consent, debug, downgraded, identify, init, optIn, optOut, pageView, record, set, signedUp, trackClick, trackClickOnOutboundLink, trackSubmit, upgraded };
