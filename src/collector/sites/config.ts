import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { keyFault } from '../../protocol/key-fault.js';
import { NAME_CHARACTERS } from '../../protocol/limits.js';
import { PLACEHOLDERS, placeholderSet, type PlaceholderSet } from '../../protocol/placeholders.js';

/** An event that the owner sets up outside the page (docs/reference.md#6.3). */
const Rule = z
  .strictObject({
    type: z.enum(['url', 'regex', 'click', 'submit']),
    match: z.string().min(1),
    event: z.string().min(1).max(NAME_CHARACTERS),
  })
  .refine(({ type, match }) => type !== 'regex' || isRegex(match), {
    path: ['match'],
    error: 'is not a regular expression',
  });

/** Switches for what is tracked automatically. */
const Automatic = z.strictObject({
  urlApi: z.boolean().default(true),
  pageView: z.boolean().default(false),
  routeQuery: z.boolean().default(false),
  visitedSite: z.boolean().default(true),
  referrer: z.boolean().default(true),
  searchEngine: z.boolean().default(true),
  campaigns: z.boolean().default(true),
  returning: z.boolean().default(true),
  formFields: z.boolean().default(true),
});

/** A host name; one with letters of other alphabets as browsers send it (`bücher.example` is `xn--bcher-kva.example`). */
const Domain = z
  .string()
  .transform(asBrowsersSend)
  .refine((name) => /^[a-z\d-]+(\.[a-z\d-]+)*$/.test(name), 'must be a host name in lower case, such as example.com');

/**
 * Scheme, host and port; `*.` before the host means all its subdomains. The pages of an app or of an extension have a scheme of their
 * own, such as `capacitor://localhost`: their images name no origin, but a batch of hits does.
 */
const Origin = z
  .string()
  .transform((origin) =>
    origin.replace(
      /^(https?:\/\/(?:\*\.)?)([^/:]+)/i,
      (_, start: string, host: string) => start + asBrowsersSend(host),
    ),
  )
  .refine(isOrigin, 'must be an origin, such as https://www.example.com or https://*.example.com')
  .transform((origin) => origin.toLowerCase());

/** One site's settings in `kmq.config.json`; `docs/configuration.md` says what each does. */
const Site = z.strictObject({
  counting: z.enum(['auto', 'reference', 'hit-id']).default('auto'),
  automatic: Automatic.prefault({}),
  cookieDomain: Domain.optional(),
  formIdentity: z.boolean().default(false),
  cleanUrl: z.boolean().default(false),
  library: z.array(Rule).default([]),
  consent: z.enum(['granted', 'denied']).default('granted'),
  globalPrivacyControl: z.boolean().default(false),
  doNotTrack: z.boolean().default(false),
  cookieless: z.boolean().default(false),
  domains: z.array(Domain).default([]),
  origins: z.array(Origin).default([]),
  /** The time zone of the days of reports: an IANA name. */
  timeZone: z.string().refine(isTimeZone, 'must be a time zone, such as Europe/Berlin').default('UTC'),
  /** How long hits are kept, in days; for ever if not set. */
  retention: z.int().min(1).optional(),
  ipAddress: z.boolean().default(false),
  /** Identities that stand for nobody: aliases with them are refused. */
  placeholders: z
    .array(z.string())
    .prefault([...PLACEHOLDERS])
    .transform(placeholderSet),
});

export type SiteConfig = z.infer<typeof Site>;

/** The names of a site's settings. */
export const SITE_SETTINGS = Object.keys(Site.shape);

/** The whole file. */
export const Config = z.strictObject({
  /** Settings by key. */
  sites: z
    .unknown()
    .superRefine(refuseKeys)
    .pipe(z.record(z.string().min(1), Site))
    .prefault({}),
});

export type Config = z.infer<typeof Config>;

/** The settings of a site that is not in the file. */
export const DEFAULT_SITE = Site.parse({});

/** Settings, with defaults for missing ones. @throws ZodError for invalid settings */
export function parseConfig(json: unknown): Config {
  return Config.parse(json);
}

/** The settings of a site. Only own properties are read, since a key may be any text, also `__proto__`. */
export function siteOf(config: Config, key: string): SiteConfig {
  return Object.hasOwn(config.sites, key) ? config.sites[key]! : DEFAULT_SITE;
}

/** How a site counts; `Counting` of the store says what each setting means. */
export function countingOf(config: Config): (key: string) => SiteConfig['counting'] {
  return (key) => siteOf(config, key).counting;
}

/** The placeholders of a site: no alias may have one of them. */
export function placeholdersOf(config: Config): (key: string) => PlaceholderSet {
  return (key) => siteOf(config, key).placeholders;
}

/**
 * Whether hits from a page of this origin are accepted. If the site has no `origins`, all are. Hits without an origin, such as
 * those of servers, are always accepted.
 */
export function allowsOrigin({ origins }: SiteConfig, origin: string | undefined): boolean {
  if (!origins.length || origin === undefined) return true;
  return origins.some((allowed) => {
    const [scheme, host] = allowed.split('*');
    return host === undefined ? origin === allowed : origin.startsWith(scheme!) && origin.endsWith(host);
  });
}

/** Refuses keys that no site can have, and the key `__proto__`, which zod's record would silently drop. */
function refuseKeys(sites: unknown, context: z.RefinementCtx): void {
  for (const key of Object.keys(Object(sites) as object)) {
    const reason = keyFault(key);
    if (reason) context.addIssue({ code: 'custom', path: [key], message: `cannot be a key: ${reason}` });
    if (key === '__proto__')
      context.addIssue({ code: 'custom', path: [key], message: 'cannot be the key of a site with settings' });
  }
}

function asBrowsersSend(host: string): string {
  return /[^\0-\x7f]/.test(host) ? domainToASCII(host) || host : host;
}

function isOrigin(text: string): boolean {
  // For other schemes a URL has the origin `null`.
  if (/^(?!https?:|file:|data:|blob:)[a-z][a-z\d+.-]*:\/\/[\w.-]+(:\d+)?$/i.test(text)) return true;
  const plain = text.replace('://*.', '://');
  return /^https?:/i.test(plain) && URL.canParse(plain) && new URL(plain).origin === plain.toLowerCase();
}

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

function isRegex(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}
