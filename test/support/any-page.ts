import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { fillLoader } from '../../src/loader/fill.js';
import { stopsLoader } from './any-page/names.js';
import { MOMENTS, type Moment, type Part, type Taken } from './any-page/part.js';
import { PARTS } from './any-page/parts.js';
import { BESIDE, FORMS, PROPERTIES } from './any-page/pushes.js';

/* Random pages of an adversary: hostile parts, and between them the normal pushes of a well-behaved page. */

/** A page as fast-check generates it, described by words, so that a failing page can be read. */
export interface AnyPage {
  /** The way in which the page loads the tracker. */
  snippet: 'loader' | 'tag' | 'original';
  /** On a host that browsers treat as secure: only there `navigator.locks` exists. */
  secure: boolean;
  parts: { part: string; moment: Moment }[];
  pushes: { form: string; moment: Moment }[];
  /** The visitor opens the same page once more. */
  again: boolean;
  /** The page is left in the same task as its last push. */
  leaves: boolean;
}

const all = PARTS.flatMap(({ name, moments }) => moments.map((moment) => ({ part: name, moment })));
const partOf = new Map(PARTS.map((part) => [part.name, part]));

const anyPage: fc.Arbitrary<AnyPage> = fc.record({
  snippet: fc.constantFrom('loader', 'tag', 'original'),
  secure: fc.boolean(),
  parts: fc.array(fc.constantFrom(...all), { maxLength: 5 }),
  pushes: fc.array(
    fc.record({
      form: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...Object.keys(FORMS)) },
        { weight: 1, arbitrary: fc.constantFrom(...Object.keys(BESIDE)) },
      ),
      moment: fc.constantFrom(...MOMENTS),
    }),
    { minLength: 1, maxLength: 14 },
  ),
  again: fc.boolean(),
  leaves: fc.boolean(),
});

/** `count` random pages, the same for the same seed. */
export const anyPages = (seed: number, count: number): AnyPage[] => fc.sample(anyPage, { seed, numRuns: count });

/** Pages with `partsOfAPage` parts each, so that every part is in one page. The seed decides the order. */
export function everyPart(seed: number, partsOfAPage: number): AnyPage[] {
  const shuffled = fc.sample(
    fc.shuffledSubarray(
      PARTS.map(({ name }) => name),
      { minLength: PARTS.length },
    ),
    { seed, numRuns: 1 },
  )[0]!;
  const rest = anyPages(seed, Math.ceil(shuffled.length / partsOfAPage));
  return rest.map((page, n) => ({
    ...page,
    parts: shuffled.slice(n * partsOfAPage, (n + 1) * partsOfAPage).map((part, index) => {
      const { moments } = partOf.get(part)!;
      return { part, moment: moments[(n + index) % moments.length]! };
    }),
  }));
}

/** The steps with a page, and what to expect. */
export interface Plan {
  /** How often the hostile page is opened. */
  loads: number;
  leaves: boolean;
  /** The page's source, once for each load: the events of each have names of their own. */
  html: (load: number) => string;
  /** Scripts for when the page has loaded; the last may leave it. */
  after: (load: number, next: string) => string[];
  /** Names that arrive, each once, and the properties of each. */
  expected: (load: number) => Record<string, Record<string, string>>;
  /** Which of these names have a callback, which must be called. */
  callbacks: (load: number) => string[];
  /** The most people that the visitor may count as, with the plain page at the end. */
  people: number;
  /** Automatic events, and in how many of the loads each is recorded. */
  automatic: { 'Page View'?: number; 'Visited Site'?: 1 };
}

/** @param origin the collector's */
export function plan(page: AnyPage, origin: string, key: string): Plan {
  const taken = new Set<Taken>();
  const parts = page.parts.flatMap(({ part, moment }) => {
    const found = partOf.get(part)!;
    // Without fetch and without images nothing can arrive.
    if ((taken.has('fetch') && found.takes.includes('image')) || (taken.has('image') && found.takes.includes('fetch')))
      return [];
    for (const one of found.takes) taken.add(one);
    return [{ ...found, moment }];
  });
  // If nothing can be sent after the page is left, nothing arrives.
  const leaves = page.leaves && !(taken.has('storage') && taken.has('beacon'));
  // The original's lines insert the tracker a moment later, when the whole page may have been parsed.
  const isInTheWay = (part: (typeof parts)[number]) =>
    stopsLoader(part) && (part.moment == 'before' || page.snippet == 'original');
  const tag = page.snippet == 'tag' || parts.some(isInTheWay);
  const snippet = tag ? 'tag' : page.snippet;
  const loads = page.again ? 2 : 1;
  const names = (load: number) => page.pushes.map((_, index) => `E${load} ${index}`);
  const at = (moment: Moment) => parts.filter((part) => part.moment == moment);
  const pushesAt = (moment: Moment, load: number) =>
    page.pushes
      .map(({ form, moment: own }, index) =>
        own == moment ? (FORMS[form]?.(names(load)[index]!) ?? BESIDE[form]!) : '',
      )
      .join('\n');

  const storesNothing = taken.has('cookies') && taken.has('storage');
  // If the tracker uses storage instead of cookies, and storage fails in the middle of a page, then the visitor is not recognised in
  // that page from this moment on.
  const isForgotten = storesNothing && at('after').some(({ takes }) => takes.includes('storage'));
  const people = (isForgotten ? 2 : 1) * (storesNothing ? loads : 1);

  return {
    loads,
    leaves,
    html: (load) => `<!doctype html><html><head><title>Any page</title>
      ${at('before').map(inPage(origin)).join('\n')}
      ${inline(`var _kmq = _kmq || [];\n${pushesAt('before', load)}`, pushesAt('before', load))}
      ${SNIPPETS[snippet](origin, key)}
      ${inline(`var _kmq = _kmq || [];\n${pushesAt('between', load)}`, pushesAt('between', load))}
      <button id=any-button></button>
      ${at('between').map(inPage(origin)).join('\n')}
      <script>anyPage.remember();</script>`,
    after(load, next) {
      const codes = at('after').map(({ code }) => harmless(code!));
      const leave = leaves && load == loads ? `location.href = '${next}';` : '';
      return [...codes, `${pushesAt('after', load)}\nanyPage.click();\n${leave}`];
    },
    expected: (load) =>
      Object.fromEntries(
        page.pushes.flatMap(({ form }, index) =>
          form in FORMS
            ? [[names(load)[index]!, form == 'set' ? { [names(load)[index]!]: '1' } : (PROPERTIES[form] ?? {})]]
            : [],
        ),
      ),
    callbacks: (load) => names(load).filter((_, index) => page.pushes[index]!.form.includes('callback')),
    people: people + (taken.has('cookies') ? 1 : 0),
    automatic: {
      ...(parts.some(({ name }) => name == 'settings: page views') && { 'Page View': loads }),
      ...(!taken.has('visit') && { 'Visited Site': 1 }),
    },
  };
}

const inline = (code: string, unless = code): string => (unless.trim() ? `<script>${code}</script>` : '');
/** Two parts may disturb each other; an error of one of them is not an error of the tracker. */
const harmless = (code: string): string => `try { ${code} } catch (own) {}`;

const inPage =
  (origin: string) =>
  ({ code, markup }: Part): string =>
    code ? inline(harmless(code)) : markup!.replaceAll('ORIGIN', origin);

const SNIPPETS: Record<AnyPage['snippet'], (origin: string, key: string) => string> = {
  loader: (origin, key) => inline(fillLoader(readFileSync('dist/loader.js', 'utf8'), origin, key)),
  tag: (origin, key) => `<script async src="${origin}/${key}.js"></script>`,
  // A shortened form; the original form is tested elsewhere.
  original: (origin, key) =>
    inline(`var _kmq = _kmq || [], _kmk = _kmk || '${key}';
    setTimeout(function () {
      var first = document.getElementsByTagName('script')[0], made = document.createElement('script');
      made.async = true; made.src = '${origin}/' + _kmk + '.2.js';
      first.parentNode.insertBefore(made, first);
    }, 1);`),
};

/** The next page of the visitor, on the same site and without hostile parts. */
export const plainPage = (origin: string, key: string): string =>
  `<!doctype html><title>Plain page</title>${SNIPPETS.loader(origin, key)}<script>_kmq.push(['record', 'Last']);</script>`;
