import type { AnyPage } from '../any-page.js';

/** Every page that is one step simpler. */
function* simpler(page: AnyPage): Generator<AnyPage> {
  const { parts, pushes } = page;
  const half = Math.ceil(parts.length / 2);
  if (half > 1) yield* [parts.slice(0, half), parts.slice(half)].map((kept) => ({ ...page, parts: kept }));
  for (const part of parts) yield { ...page, parts: parts.filter((other) => other != part) };
  if (pushes.length > 3) yield* [pushes.slice(0, -2), pushes.slice(2)].map((kept) => ({ ...page, pushes: kept }));
  for (const push of pushes) yield { ...page, pushes: pushes.filter((other) => other != push) };
  if (page.again) yield { ...page, again: false };
  if (page.leaves) yield { ...page, leaves: false };
  if (page.secure) yield { ...page, secure: false };
  if (page.snippet != 'tag') yield { ...page, snippet: 'tag' };
  if (parts.some(({ moment }) => moment == 'between'))
    yield { ...page, parts: parts.map((part) => (part.moment == 'between' ? { ...part, moment: 'before' } : part)) };
  if (pushes.some(({ form }) => form != 'record')) {
    for (const push of pushes)
      if (push.form != 'record')
        yield { ...page, pushes: pushes.map((other) => (other == push ? { ...push, form: 'record' } : other)) };
  }
}

/**
 * The smallest failing page that is found within the time. fast-check's own shrinking has no time limit, and does not work for a given
 * page.
 */
export async function smallestPage(
  page: AnyPage,
  faults: string[],
  visit: (page: AnyPage) => Promise<string[]>,
  timeMs: number,
): Promise<{ page: AnyPage; faults: string[] }> {
  const end = Date.now() + timeMs;
  let found = { page, faults };
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const candidate of simpler(found.page)) {
      if (Date.now() > end) return found;
      const its = await visit(candidate);
      if (!its.length) continue;
      found = { page: candidate, faults: its };
      isSmaller = true;
      break;
    }
  }
  return found;
}
