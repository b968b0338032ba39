/*! kmq 0.1.0, MIT; with js-cookie and nanoid, MIT */
/** The page's globals. Read through a function, since a module may be imported where there is no window. */
function page() {
    return window;
}

/**
 * The paths and parameters of the tracking API (reference sections 3 and 8.1). Browsers, server-side
 * clients and the collector all take them from here.
 */
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

/**
 * The text of one property value, or undefined where the value does not travel (reference section 3.1):
 * null is empty, whatever has a `join` is joined by commas, other objects and functions are left out,
 * the rest is its own string.
 */
function toText(value) {
    if (value === null)
        return '';
    if (typeof value == 'function')
        return;
    if (typeof value != 'object')
        return String(value);
    // Anything with a join, as in the original: arrays of other frames are arrays, too.
    return value.join ? value.join() : undefined;
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
    return Object.keys(parameters)
        .flatMap((name) => {
        const text = toText(parameters[name]);
        return text === undefined ? [] : percentEncode(name) + '=' + percentEncode(text);
    })
        .join('&');
}
/** The address of a hit below the collector's origin: path and query. */
function encodeHit(hit) {
    return hit.path + '?' + encodeQuery(hit.parameters);
}

let script;
/**
 * Learns origin and key from the address that the tracker was loaded from: `https://host/KEY.js`, or
 * `KEY.2.js` as the original named it. `kmq.js` is the file for a CDN and names no key.
 */
function loadedFrom(address) {
    const match = /^(\w+:\/\/[^/]+).*?([^/?#]+?)(\.\d+)?\.js([?#]|$)/.exec('');
    if (match)
        script = { origin: match[1], key: match[2] == 'kmq' ? '' : decodeURIComponent(match[2]) };
}
/** The site's key; undefined or empty where the page has not said. */
function key() {
    return page()._kmk || page().KM_KEY || (script === null || script === void 0 ? void 0 : script.key);
}
/** Where hits go, without a slash at the end; undefined where the page has not said. */
function collector() {
    var _a;
    return ((_a = page().KM_COLLECTOR) === null || _a === void 0 ? void 0 : _a.replace(/\/$/, '')) || (script === null || script === void 0 ? void 0 : script.origin);
}

/** When the command that is running was pushed, in milliseconds; 0 while none is. */
let pushed = 0;
/** Runs a command as of the moment of its push, which may lie seconds before the tracker arrived. */
function runAsOf(moment, command) {
    pushed = moment;
    try {
        command();
    }
    finally {
        pushed = 0;
    }
}
/** `KM.ts()`: Unix seconds, rounded as in the original (reference section 1.3). */
function ts() {
    return Math.round((pushed || Date.now()) / 1000);
}

/**
 * Asks for a 1×1 image, which is how a page tells another host something without waiting for it.
 * @param settled called once, when the image has loaded or has failed to
 */
function sendBeacon(url, settled) {
    const image = new Image();
    image.onload = image.onerror = settled;
    image.src = url;
}

/**
 * Sends one hit. What the caller gives wins over what the tracker knows, `_p`, `_t` with `_d=1` and even
 * `_i` among it, as in the original (reference section 2.3). The fields come first: an address that is cut
 * on its way loses the end of the last property and not the person.
 * @param callback called once, when the hit has been acknowledged or has failed
 */
function sendHit(path, fields, properties, callback) {
    const settled = typeof callback == 'function' ? callback : () => { };
    const origin = collector();
    if (!key() || !origin) {
        console.warn('kmq: nothing is sent, since the page names no ' + (origin ? 'key' : 'collector'));
        return settled();
    }
    const id = page().KM_PLAIN ? {} : { [HIT_ID]: nanoid() };
    const parameters = { [KEY]: key(), ...fields, [TIME]: ts(), ...id, ...properties };
    sendBeacon(origin + encodeHit({ path, parameters }), settled);
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
const LIFE = 1825;
/** What the browser would not store, so that one page view is one person all the same (reference 4.2). */
const memory = {};
let widest;
let probed = false;
function readCookie(name) {
    return stored(name) || memory[name];
}
/** Writes to the widest domain that takes cookies, so that all subdomains know the same person. */
function writeCookie(name, value) {
    const domain = page().KM_COOKIE_DOMAIN || widestDomain();
    put(name, value, domain);
    // A cookie on a narrower domain, where the original wrote them, would hide this one from the page. The host
    // alone is left out: on an IP address, and on a public suffix such as github.io, it is where this one went.
    const at = domains().indexOf(domain);
    if (at >= 0)
        for (const narrower of domains().slice(at + 1, -1))
            put(name, '', narrower, -1);
    if (stored(name) == value)
        delete memory[name];
    else
        memory[name] = value;
}
/** Removes a cookie from every domain on which this page may have one. */
function removeCookie(name) {
    delete memory[name];
    for (const domain of [page().KM_COOKIE_DOMAIN, ...domains()])
        put(name, '', domain, -1);
}
/** From two labels up to this host, widest first; last undefined, which is the host alone. */
function domains() {
    const labels = location.hostname.split('.');
    const found = [undefined];
    // Upwards from the host; one label alone is a registry, or a machine such as localhost.
    for (let index = 0; index < labels.length - 1; index++)
        found.unshift(labels.slice(index).join('.'));
    return found;
}
/**
 * Where the line runs between registries and sites (`co.uk`, `github.io`) only the browser knows: it is
 * asked by writing. Patterns get it wrong, see https://github.com/PostHog/posthog-js/issues/888.
 */
function widestDomain() {
    if (!probed) {
        probed = true;
        widest = domains().find((domain) => {
            put('km_d', '1', domain);
            const taken = stored('km_d');
            put('km_d', '', domain, -1);
            return taken;
        });
    }
    return widest;
}
function put(name, value, domain, expires = LIFE) {
    try {
        api.set(name, value, { expires, domain, sameSite: 'Lax', secure: location.protocol == 'https:' });
    }
    catch (_a) {
        // A sandboxed frame has no cookies, and says so by throwing.
    }
}
function stored(name) {
    try {
        return api.get(name);
    }
    catch (_a) {
        return undefined;
    }
}

const ANONYMOUS = 'km_ai';
const NAMED = 'km_ni';
/** `KM.i()`: the named id, else the anonymous one, made on first need (reference section 1.3). */
function currentId() {
    let id = readCookie(NAMED) || readCookie(ANONYMOUS);
    if (!id)
        writeCookie(ANONYMOUS, (id = nanoid()));
    return id;
}
/**
 * Makes a named person of this browser (reference section 3.3).
 * @returns the anonymous id that this name is to be tied to: the one case in which an alias is due.
 *   Never a name, or two people who share a browser would be merged for good.
 */
function nameVisitor(id) {
    const anonymous = readCookie(ANONYMOUS);
    const named = readCookie(NAMED);
    writeCookie(NAMED, id);
    if (named) {
        // The anonymous id belonged to whoever was named first: written over, it can never be tied to another.
        writeCookie(ANONYMOUS, id);
        return undefined;
    }
    // Written again to live as long as the name: left alone with it, it would be tied to the next one, too.
    if (anonymous)
        writeCookie(ANONYMOUS, anonymous);
    return anonymous;
}
/** Forgets a named person; the next need makes a new anonymous one. An anonymous visitor stays who they are. */
function forgetVisitor() {
    if (!readCookie(NAMED))
        return;
    removeCookie(NAMED);
    removeCookie(ANONYMOUS);
}
/** What pages push for “nobody”: every falsy value, and the words null and nil, also in quotes (reference 3.3). */
function isNobody(id) {
    return !id || /^(["']?)(null|nil|)\1$/.test(id);
}

/**
 * `alias(id, other?)`: both identities are one person, for good; without the other it is the current one.
 * Sends nothing for two that are the same (reference section 1.3) or an id that means nobody.
 */
function alias$1(id, other) {
    const person = isNobody(other) ? currentId() : other;
    if (!isNobody(id) && String(id) != String(person))
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
    if (typeof id == 'object' || typeof id == 'function')
        throw new TypeError('identify takes a text');
    const anonymous = nameVisitor(String(id));
    if (anonymous)
        alias$1(id, anonymous);
}
/** `clearIdentity()`: the next visitor of this browser is someone else; does nothing to an anonymous one. */
function clearIdentity$1() {
    forgetVisitor();
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
    if (Object.keys(given).some((name) => typeof given[name] != 'function')) {
        sendHit('/s', { [PERSON]: currentId() }, given, callback);
    }
    else if (typeof callback == 'function') {
        callback();
    }
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

/** Runs what a page asked for. What goes wrong in it is told to the site's owner, and stops nothing. */
function guard(run) {
    try {
        return run();
    }
    catch (error) {
        console.error('kmq:', error);
        return undefined;
    }
}

const METHODS = {
    record: record$1,
    set: set$1,
    identify: identify$1,
    alias: alias$1,
    clearIdentity: clearIdentity$1,
    i: currentId,
    ts,
};
/** The `KM` object, each method on its own: what goes wrong in one stops nothing. */
function createKM() {
    const km = {};
    for (const name of Object.keys(METHODS)) {
        km[name] = (...parameters) => guard(() => METHODS[name](...parameters));
    }
    return km;
}

/** How many arguments a command can have in the flat form; the commands left out have none. */
const ARGUMENTS = { record: 3, set: 2, identify: 1, alias: 2 };
/**
 * Runs what the page has pushed so far, in its order, and from then on at once (reference section 2).
 * The queue stays the object that it was: code that holds it, or has replaced its push, goes on working
 * (https://github.com/segmentio/analytics.js-core/issues/59).
 */
function startQueue(km) {
    const given = page()._kmq;
    const queue = (given && typeof given == 'object' ? given : []);
    const times = queue.t || [];
    run(km, queue, times);
    queue.length = 0;
    // The loader's mark: pasted a second time, it leaves this queue alone.
    queue.t = [];
    // `this` is not used: debuggers save push and call it on objects of their own.
    queue.push = (...items) => run(km, items, []);
    page()._kmq = queue;
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
        moment = times[index] || moment;
        index++;
        let command = [];
        if (typeof item == 'function') {
            guard(() => runAsOf(moment, item));
            continue;
        }
        else if (isCommand(km, item)) {
            command = [item];
            while (index < items.length && belongs(km, command, items[index]))
                command.push(items[index++]);
        }
        else if (item && typeof item == 'object' && item.length) {
            // Copied: the original emptied the array, and pages push the same one again.
            command = Array.from(item);
        }
        const [name, ...parameters] = command;
        if (isCommand(km, name))
            guard(() => runAsOf(moment, () => km[name](...parameters)));
    }
}
/** Own members only: `constructor` is no command. */
function isCommand(km, name) {
    var _a;
    return typeof name == 'string' && typeof ((_a = Object.getOwnPropertyDescriptor(km, name)) === null || _a === void 0 ? void 0 : _a.value) == 'function';
}
/**
 * The flat form, `_kmq.push('identify', 'bob')`, which two pages of the specification show: before the
 * tracker has loaded it is two items in a row. An argument is what follows, until the command has all it
 * can take or something else begins: an array, a function that is no callback, another command.
 */
function belongs(km, [name, ...taken], next) {
    return (taken.length < (ARGUMENTS[name] || 0) &&
        !Array.isArray(next) &&
        (typeof next != 'function' || typeof taken[taken.length - 1] == 'object') &&
        !(taken.length && isCommand(km, next)));
}

/**
 * Puts `KM` and the live `_kmq` into the page; a second tracker on the same page does nothing.
 * @param script address that the tracker was loaded from, which names collector and key
 */
function start(script) {
    var _a;
    // Only one with a record is ours, or the original: any element with the id KM is a global, too.
    if ((_a = page().KM) === null || _a === void 0 ? void 0 : _a.record)
        return;
    const km = createKM();
    page().KM = km;
    loadedFrom();
    startQueue(km);
}

/** Starts the tracker; called again, or where there is no browser, it does nothing. */
function init({ key, collector, cookieDomain, plain }) {
    if (typeof window == 'undefined')
        return;
    const globals = page();
    globals._kmk = key;
    globals.KM_COLLECTOR = collector;
    if (cookieDomain)
        globals.KM_COOKIE_DOMAIN = cookieDomain;
    if (plain)
        globals.KM_PLAIN = plain;
    start();
}
const record = command('record');
const set = command('set');
const identify = command('identify');
const alias = command('alias');
const clearIdentity = command('clearIdentity');
function command(name) {
    return (...parameters) => {
        if (typeof window == 'undefined')
            return;
        const globals = page();
        (globals._kmq || (globals._kmq = [])).push([name, ...parameters]);
    };
}

export { alias, clearIdentity, identify, init, record, set };
