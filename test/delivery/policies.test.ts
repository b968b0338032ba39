import { expect, test } from 'vitest';
import { QUIET, snippets } from '../support/browser.js';
import { startCollector } from '../support/collector.js';
import { inChromium } from '../support/engines.js';
import { startProxy } from '../support/faults.js';
import { numbered, recordAnswered } from '../support/shop.js';

inChromium('with a Content-Security-Policy', ({ serve }) => {
  /** A site whose pages have this policy, with a counter for the violations that a console would show. */
  async function openSite(policy: string, header = 'content-security-policy') {
    const collector = await startCollector();
    const proxy = await startProxy(collector.origin);
    const head = snippets.loader({ ...collector, origin: proxy.origin });
    const count = `<script>answers = []; violations = []; addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective))</script>`;
    const { tab, at } = await serve((request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      if (policy) response.setHeader(header, policy);
      response.end(`<!doctype html><title>Page</title>${QUIET}${count}${request.url === '/gone' ? '' : head}`);
    });
    const stores = async (events: string[]) => {
      const names = async () => (await collector.export()).map(({ _n }) => String(_n)).sort();
      await expect.poll(names).toEqual([...events].sort());
    };
    const open = async (path = '/') => {
      await tab.goto(at(path, '127.0.0.1'));
      if (path !== '/gone') await tab.until('window.KM && KM.record');
    };
    await open();
    return { tab, proxy, stores, open, violations: () => tab.evaluate<string[]>('violations') };
  }

  test('that permits only images, hits arrive as images', async () => {
    const site = await openSite(`connect-src 'none'`);
    await site.tab.evaluate(recordAnswered(20));
    await site.stores(numbered(20));
    // A callback that has waited for two seconds on a busy machine gets false, so the stored hits are checked instead.
    await site.tab.until('answers.length == 20');
    for (let n = 20; n < 40; n += 10) {
      await site.tab.evaluate(recordAnswered(10, n));
      await site.stores(numbered(n + 10));
    }
    expect((await site.violations()).length).toBeLessThanOrEqual(2);
    for (const { path } of site.proxy.requests) expect(path).toMatch(/^\/e/);

    // Hits that wait when the page is left are sent as images, or by the next page.
    site.proxy.fault = () => 503;
    await site.tab.evaluate(recordAnswered(10, 40));
    await site.tab.until('answers.length == 50');
    site.proxy.fault = () => undefined;
    await site.open('/gone');
    await site.open('/next');
    await site.stores(numbered(50));
  });

  test.each(['img-src', 'connect-src'])(
    'that forbids %s, the hit that is blocked first has not failed',
    async (directive) => {
      const site = await openSite(`${directive} 'none'`);
      // The callback would get false after two seconds, and this machine may be slow.
      await site.tab.evaluate(
        `(wait = setTimeout, setTimeout = (run, ms, ...rest) => ms == 2000 ? 0 : wait(run, ms, ...rest), 0)`,
      );
      // A hit of more than 2,000 characters is sent by POST.
      const properties = directive == 'connect-src' ? `{ text: 'x'.repeat(3000) }` : '{}';
      await site.tab.evaluate(`(KM.record('First', ${properties}, (answer) => answers.push(answer)), 0)`);
      await site.stores(['First']);
      await site.tab.until('answers.length == 1');
      expect(await site.tab.evaluate('answers[0]')).toBe(true);
      expect(await site.violations()).toEqual([directive]);
    },
  );

  test('that permits requests and no images, hits arrive as requests', async () => {
    const site = await openSite(`img-src 'none'`);
    await site.tab.evaluate(recordAnswered(1));
    await site.stores(numbered(1));
    await site.tab.until('answers.length == 1');
    await site.tab.evaluate(recordAnswered(20, 1));
    await site.stores(numbered(21));
    expect((await site.violations()).length).toBeLessThanOrEqual(2);
    await site.tab.evaluate(`(${recordAnswered(10, 21)}, location.href = '/gone', 0)`);
    await site.tab.until(`location.pathname == '/gone'`);
    await site.stores(numbered(31));
  });

  test('that permits neither, nothing is sent, and there are few violations', async () => {
    const site = await openSite(`img-src 'none'; connect-src 'none'`);
    // Timers run eight times as fast, so the two seconds below are sixteen for the tracker.
    await site.tab.evaluate(`(wait = setTimeout, setTimeout = (run, ms, ...rest) => wait(run, ms / 8, ...rest), 0)`);
    await site.tab.evaluate(recordAnswered(20));
    await site.tab.until('answers.length == 20');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect((await site.violations()).length).toBeLessThanOrEqual(12);
    expect(await site.tab.evaluate('answers.some((answer) => answer)')).toBe(false);
    expect(site.proxy.requests).toEqual([]);
  });

  test('that only reports, hits arrive as without a policy', async () => {
    const site = await openSite(`img-src 'none'; connect-src 'none'`, 'content-security-policy-report-only');
    await site.tab.evaluate(recordAnswered(1));
    await site.stores(numbered(1));
    await site.tab.evaluate(recordAnswered(20, 1));
    await site.stores(numbered(21));
    expect(site.proxy.requests.filter(({ path }) => path === '/b')).not.toHaveLength(0);
    await site.tab.evaluate(recordAnswered(1, 21));
    await site.stores(numbered(22));
    expect(site.proxy.requests.at(-1)!.path).toMatch(/^\/e/);
  });
});
