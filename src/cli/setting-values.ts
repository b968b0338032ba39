import { compile } from '@fastify/proxy-addr';
import { z } from 'zod';
import { TOKEN } from '../collector/access/token.js';
import { parseAddress } from '../collector/store/clickhouse/address.js';
import { keyFault } from '../protocol/key-fault.js';

/** Schemas for the values of settings. Each message follows the name of the setting and a colon. */

export const whole = (from: number, to: number): z.ZodType => {
  const error = `must be a whole number from ${from} to ${to}`;
  return z.int({ error }).min(from, { error }).max(to, { error });
};
export const rate = z
  .number({ error: 'must be a number; 0 for no limit' })
  .min(0, { error: 'must be a number; 0 for no limit' });
export const text = z.string({ error: 'must be text' }).min(1, { error: 'must not be empty' });
export const siteKey = text.superRefine((key, context) => {
  const reason = keyFault(key);
  if (reason) context.addIssue({ code: 'custom', message: `cannot be a key: ${reason}` });
});
export const oneOf = (...values: string[]): z.ZodType =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

/**
 * Characters that a header may contain (RFC 9110, section 5.6.2, and RFC 6750, section 2.1), and too many to be guessed.
 */
export const token = z
  .string({ error: 'must be text' })
  .regex(TOKEN, { error: 'must be 16 or more ASCII letters, digits and signs, without spaces' });

export const database = text
  .regex(/^clickhouse:\/\/[^/\s]+\/\S+$/, {
    error: 'must be a URL such as clickhouse://user:password@host:8123/database',
    abort: true,
  })
  .superRefine((url, context) => {
    try {
      parseAddress(url);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  });

/** Unreserved characters only (RFC 3986, section 2.3): they are never escaped, in a URL, in HTML or in a proxy's configuration. */
export const basePath = z
  .string({ error: 'must be text' })
  .regex(/^(\/[\w.~-]+)*\/?$/, { error: 'must be a path such as /stats, of letters, digits and -._~' })
  .refine((path) => !/\/\.{1,2}(\/|$)/.test(path), { error: 'must not contain . or .. as a part' })
  .refine((path) => !/^\/(api|dashboard|demo)(\/|$)/.test(path), {
    error: 'must not be a path that the collector uses itself: /api, /dashboard or /demo',
  })
  .transform((path) => path.replace(/\/$/, ''));

/** A URL without query and fragment. A slash at its end is removed. */
export const publicUrl = z
  .string({ error: 'must be text' })
  .refine(isFolder, { error: 'must be a URL such as https://stats.example.com or https://www.example.com/stats' })
  .transform((address) => new URL(address).href.replace(/\/$/, ''));

export const proxy = text.refine(isProxy, {
  error: 'must be an IP address, a range such as 10.0.0.0/8, loopback, or uniquelocal',
});

/** An IPv6 address may have brackets, as in URLs. They are removed. */
export const host = text.transform((address) => address.replace(/^\[([\da-f:.]*:[\da-f:.]*(%.+)?)\]$/i, '$1'));

function isFolder(address: string): boolean {
  return /^https?:\/\/[^\s?#@\\]+$/i.test(address) && URL.canParse(address);
}

function isProxy(address: string): boolean {
  try {
    return Boolean(compile(address));
  } catch {
    return false;
  }
}
