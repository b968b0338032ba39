import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSite, useBrowser, type Site } from '../support/browser.js';
import { temporaryFolder } from '../support/collector.js';
import { bundle, type App } from './support/bundle.js';

useBrowser();

const APPS = { React: 'react.jsx', Vue: 'vue.js', Svelte: 'svelte.js' };

/** The page that a server has rendered, once the application has taken it over and the tracker is there. */
async function open(file: string): Promise<Site & { html: string }> {
  const site = await openSite();
  const [server, client] = await Promise.all([bundle(file, 'node'), bundle(file, 'browser')]);
  const onServer = join(await temporaryFolder(), 'server.mjs');
  writeFileSync(onServer, server);
  const { render } = (await import(onServer)) as App;
  const { origin } = site.collector;
  const html = await render(origin);
  const answer = { body: client, contentType: 'text/javascript; charset=utf-8' };
  await site.context.route('**/app.js', (route) => route.fulfill(answer));
  await site.open('<script defer src="/app.js"></script>', {
    path: '/?km_debug=1',
    body: `<div id="root">${html}</div>`,
  });
  await site.page.evaluate(`app.hydrate(document.getElementById('root'), ${JSON.stringify(origin)})`);
  await site.page.waitForFunction('window.KM && KM.record');
  return { ...site, html };
}

const people = (hits: Record<string, unknown>[]) =>
  hits.map(({ _p, _p2, _n, 'Viewed URL': url }) => [_p, _n ?? _p2, url && new URL(String(url)).pathname]);

describe.each(Object.entries(APPS))('%s', (_, file) => {
  test('starts once, sees routes, and names the visitor when the id changes', async () => {
    const site = await open(file);
    const { page } = site;
    expect(site.html).toContain('Hello');
    const scripts = page.locator('script[src*=":"]');
    expect(await scripts.evaluateAll((all) => all.map((one) => (one as HTMLScriptElement).src))).toEqual([
      `${site.collector.origin}/site.js`,
    ]);

    const become = async (id?: string | null) => {
      await page.evaluate(`become(${id === undefined ? '' : JSON.stringify(id)})`);
      await page.waitForFunction(`document.body.textContent.includes('Hello ${id ?? 'you'}')`);
    };
    const go = async (path: string) => {
      await page.evaluate(`history.pushState(null, '', '${path}')`);
      await page.evaluate('new Promise((resolve) => setTimeout(() => setTimeout(resolve)))');
    };
    await become('ada');
    await become('ada');
    await go('/named');
    await become();
    await go('/signed-out');
    await become('bob');
    await become(null);
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
    // Each change was told once.
    const named = site.console.filter((line) => line.startsWith('kmq: identify'));
    expect(named).toEqual(['ada', 'null', 'bob', 'null'].map((id) => `kmq: identify ${id}`));
    // Nothing of the page differs from what the server has rendered, and nothing fails.
    expect(site.errors).toEqual([]);
    expect(site.console.filter((line) => /hydrat|mismatch|Error|Warning/i.test(line))).toEqual([]);
  });
});
