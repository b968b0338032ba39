import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSite, useBrowser, type Site } from '../support/browser.js';
import { temporaryFolder } from '../support/collector.js';
import { bundle, type App } from './support/bundle.js';

useBrowser();

const APPS = { React: 'react.jsx', Vue: 'vue.js', Svelte: 'svelte.js' };

/** The HTML of a server, and the script that hydrates it in a browser. */
async function build(file: string): Promise<{ render: App['render']; client: string }> {
  const [server, client] = await Promise.all([bundle(file, 'node'), bundle(file, 'browser')]);
  const onServer = join(await temporaryFolder(), 'server.mjs');
  writeFileSync(onServer, server);
  const { render } = (await import(onServer)) as App;
  return { render, client };
}

/** Opens the HTML of the server, and hydrates it. */
async function open(
  site: Site,
  { render, client }: Awaited<ReturnType<typeof build>>,
  { head = '', collector = site.collector.origin } = {},
): Promise<void> {
  const answer = { body: client, contentType: 'text/javascript; charset=utf-8' };
  await site.context.route('**/app.js', (route) => route.fulfill(answer));
  const body = `<div id="root">${await render(collector)}</div>`;
  await site.open(`${head}<script defer src="/app.js"></script>`, { path: '/?km_debug=1', body });
  await site.page.evaluate(`app.hydrate(document.getElementById('root'), ${JSON.stringify(collector)})`);
}

async function become({ page }: Site, id?: string | null): Promise<void> {
  await page.evaluate(`become(${id === undefined ? '' : JSON.stringify(id)})`);
  await page.waitForFunction(`document.body.textContent.includes('Hello ${id ?? 'you'}')`);
}

const people = (hits: Record<string, unknown>[]) =>
  hits.map(({ _p, _p2, _n, 'Viewed URL': url }) => [_p, _n ?? _p2, url && new URL(String(url)).pathname]);

describe.each(Object.entries(APPS))('%s', (_, file) => {
  test('starts once, notices route changes, and names the visitor when the id changes', async () => {
    const site = await openSite();
    await open(site, await build(file));
    const { page } = site;
    await page.waitForFunction('window.KM && KM.record');
    // The second component is for another site.
    const scripts = `[...document.scripts].map(({ src }) => src).filter((src) => !src.includes('app.js'))`;
    expect(await page.evaluate(`${scripts}.filter(Boolean)`)).toEqual([`${site.collector.origin}/site.js`]);

    const go = async (path: string) => {
      await page.evaluate(`history.pushState(null, '', '${path}')`);
      await page.evaluate('new Promise((resolve) => setTimeout(() => setTimeout(resolve)))');
    };
    await become(site, 'ada');
    await become(site, 'ada');
    await go('/named');
    await become(site);
    await go('/signed-out');
    await become(site, 'bob');
    await become(site, null);
    await go('/alone');

    const lines = people(await site.stored(6));
    const [first, second, third] = [lines[0]![0], lines[3]![0], lines[5]![0]];
    expect(lines).toEqual([
      [first, 'Page View', '/'],
      [first, 'ada', undefined],
      ['ada', 'Page View', '/named'],
      [second, 'Page View', '/signed-out'],
      [second, 'bob', undefined],
      [third, 'Page View', '/alone'],
    ]);
    expect(new Set([first, second, third, 'ada', 'bob']).size).toBe(5);
    // Each change was noticed once.
    const named = site.console.filter((line) => line.startsWith('kmq: identify'));
    expect(named).toEqual(['ada', 'null', 'bob', 'null'].map((id) => `kmq: identify ${id}`));
    // The page is the same as the server's HTML, and there are no errors.
    expect(site.errors).toEqual([]);
    expect(site.console.filter((line) => /hydrat|mismatch|Error|Warning/i.test(line))).toEqual([]);
  });

  test('is not stopped by an element named _kmq', async () => {
    const site = await openSite();
    await open(site, await build(file), { head: '<a id="_kmq"></a>' });
    await become(site, 'ada');
    await site.page.waitForFunction(`window.KM && KM.i() === 'ada'`);
    expect(people(await site.stored(1))).toEqual([['ada', 'Page View', '/']]);
    expect(site.errors).toEqual([]);
  });
});

test('an application works if the tracker cannot be loaded', async () => {
  const site = await openSite();
  const built = await build('react.jsx');
  const waits = (): Promise<unknown> => site.page.evaluate('JSON.stringify([_kmq, _kmq.t.length])');
  await site.context.route('**/site.js', (route) => route.abort('blockedbyclient'));
  await open(site, built);
  await become(site, 'ada');
  await become(site);
  // Each with the moment of its push.
  expect(await waits()).toBe('[[["identify","ada"],["identify",null]],2]');

  const trusted = `<meta http-equiv="Content-Security-Policy" content="require-trusted-types-for 'script'">`;
  await open(site, built, { head: trusted });
  await become(site, 'bob');
  expect(await waits()).toBe('[[["identify","bob"]],1]');
  expect(await site.page.evaluate('document.querySelector("script[src*=site]")')).toBe(null);

  // As in a build without its environment variables.
  await open(site, built, { collector: '' });
  await become(site, 'eve');
  expect(site.console).toContain('kmq: Kmq needs site and collector');
  expect(await site.page.evaluate('document.querySelector("script[src*=site]")')).toBe(null);
  expect(site.errors).toEqual([]);
});
