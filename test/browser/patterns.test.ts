import { expect, test } from 'vitest';
import { afterLoad, openSite, snippets, useBrowser } from '../support/browser.js';

useBrowser();

const cases: [pattern: string, url: string, fits: boolean][] = [
  ['/en/*/view', 'http://x.test/en/a/view', true],
  ['/en/*/view', 'http://x.test/en/a/b/view', true],
  ['/en/*/view', 'http://x.test/fr/a/view', false],
  ['/en/*/view', 'http://x.test/en/a/view/b', false],
  ['/*/view/contact', '/x/view/contact', true],
  ['/*/san-francisco/*/contact', '/us/san-francisco/a/b/contact', true],
  ['/*/view/*', '/x/view', true],
  ['/*/view/*', '/x/view/y', true],
  ['/*/view/*/*', '/x/view', false],
  ['/*/*/view', '/a/b/view', false],
  ['*/view/*', '/view/x', true],
  ['/a*b*', '/axbx', true],
  ['/a*b', '/axbx', false],
  ['/a/*', '/a', true],
  ['/a/*', '/abc', true],
  ['/', 'http://x.test', true],
  ['/', '/index.html', true],
  ['/', '/homepage', true],
  ['/a/index.php', '/a', true],
  ['/A/b/', '/a/B', true],
  ['/a', '/a/b', false],
  ['/a#x', '/a#y', true],
  ['/*?source=*', '/x/y?source=fb', true],
  ['/*/?source=*', '/x/y?source=fb', true],
  ['/*/?source=fb', '/x?a=1&source=FB&b=2', true],
  ['/*?source=*', '/x?source=', false],
  ['/x?a=1&b=2', '/x?b=2&a=1', true],
  ['/x?a=b%20c', '/x?a=b+c', true],
  ['/x', '/x?a=1', true],
  ['www.x.test/a', 'http://www.x.test/a', true],
  ['https://www.x.test/a', 'http://www.x.test/a', true],
  ['//www.x.test/a', 'http://www.x.test/a', true],
  ['*.x.test/a', 'http://shop.x.test/a', true],
  ['www.x.test/a', 'http://y.test/a', false],
  // Without a slash the pattern is a host, and matches its first page.
  ['*', '/', true],
  ['*', '/anything', false],
  ['/', '/anything', false],
];

test('KM.um: every form of a pattern (docs/reference.md#6.2)', async () => {
  const site = await openSite();
  await site.open(snippets.bare(site.collector), { path: '/Some/Page' });
  await afterLoad(site.page, 'undefined');
  const results = await site.page.evaluate(
    (all) =>
      all.map(([pattern, url]) =>
        (window as unknown as { KM: { um(p: string, u: string): boolean } }).KM.um(pattern, url),
      ),
    cases,
  );
  expect(cases.map(([pattern, url], index) => [pattern, url, results[index]])).toEqual(cases);
  expect(await site.page.evaluate(`[KM.um('/some/*'), KM.um('/other')]`)).toEqual([true, false]);
});

test('KM.urm: a regular expression for the whole address, case-sensitive', async () => {
  const site = await openSite();
  await site.open(snippets.bare(site.collector), { path: '/Some/Page?a=1#b' });
  await afterLoad(site.page, 'undefined');
  const results = await site.page.evaluate(
    `['^http://www\\\\.example', 'Page', 'page', '\\\\?a=\\\\d#b$', '^/Some'].map((regex) => KM.urm(regex))`,
  );
  expect(results).toEqual([true, true, false, true, false]);
  // An invalid expression is an error in the console for the owner, and false for the page.
  expect(await site.page.evaluate(`Boolean(KM.urm('('))`)).toBe(false);
  expect(site.console.join()).toContain('kmq:');
  expect(site.errors).toEqual([]);
});
