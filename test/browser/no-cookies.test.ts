import { createServer as createSecureServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { afterLoad, newContext, openSite, QUIET, script, snippets, useBrowser } from '../support/browser.js';
import { certify } from '../support/certificate.js';
import { startCollector, temporaryFolder } from '../support/collector.js';
import { inChromium } from '../support/engines.js';

useBrowser();

/** A browser that accepts no cookies, but has localStorage. */
const STUB = `<script>Object.defineProperty(document, 'cookie', { get: () => '', set() {} })</script>`;

const copies = `Object.keys(localStorage).filter((name) => !name.startsWith('km_uq')).sort()`;

inChromium('where no cookie is taken', ({ openTab, serve }) => {
  test('in a frame of another site a visitor is one person, after naming and until the sign-out', async () => {
    const collector = await startCollector();
    // Another port is the same site; another host name is another site.
    const frame = `${QUIET}${snippets.loader(collector)}<script>
        addEventListener('message', ({ data }) => { _kmq.push(function () { parent.postMessage(String(eval(data)), '*'); }); });
        _kmq.push(function () { parent.postMessage('ready', '*'); });
      </script>`;
    const { tab, at } = await serve((request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(
        request.url === '/frame'
          ? frame
          : `<script>said = []; addEventListener('message', ({ data }) => said.push(data))</script>
               <iframe src="http://localhost:${request.socket.localPort}/frame"></iframe>`,
      );
    });
    const view = async (code: string) => {
      await tab.goto(at('/'));
      await tab.until(`said[0] == 'ready'`);
      await tab.evaluate(`frames[0].postMessage(${JSON.stringify(code)}, '*'), 0`);
      await tab.until('said[1]');
      return tab.evaluate<string>('said[1]');
    };
    const id = await view('KM.i()');
    expect(await view('KM.i()')).toBe(id);
    await view(`KM.identify('bob'), 1`);
    expect(await view('KM.i()')).toBe('bob');
    await view(`KM.clearIdentity(), KM.i()`);
    expect(await view('KM.i()')).not.toMatch(/bob/);
    await view(`KM.optOut(), 1`);
    await view(`KM.record('never'), 1`);
    expect(await view(`[document.cookie, ${copies}]`)).toBe(',kmq');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await collector.export()).filter(({ _n }) => _n === 'never')).toEqual([]);
  });

  test('in a file a visitor is one person', async () => {
    const collector = await startCollector();
    const file = join(await temporaryFolder(), 'page.html');
    await writeFile(file, `<!doctype html><title>File</title>${QUIET}${snippets.loader(collector)}`);
    const tab = await openTab();
    const view = async (code: string) => {
      await tab.goto(`file://${file}`);
      await tab.until('window.KM && KM.record');
      return tab.evaluate<string>(code);
    };
    const id = await view('KM.i()');
    expect(await view('KM.i()')).toBe(id);
    await view(`KM.identify('bob'), KM.record('x'), 1`);
    expect(await view('KM.i()')).toBe('bob');
  });

  test('in a frame of srcdoc the identity is that of the page around it', async () => {
    const collector = await startCollector();
    const inner = `${QUIET}${snippets.loader(collector)}`.replaceAll('"', '&quot;');
    const { tab, at } = await serve((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`${QUIET}${snippets.loader(collector)}<body><iframe srcdoc="${inner}"></iframe>`);
    });
    const open = async () => {
      await tab.goto(at('/', 'shop.example.test'));
      await tab.until('window.KM && KM.record && frames[0].KM && frames[0].KM.record');
    };
    await open();
    await tab.evaluate(`KM.identify('bob'), 1`);
    await open();
    expect(await tab.evaluate('frames[0].KM.i()')).toBe('bob');
    await tab.evaluate('frames[0].KM.clearIdentity(), 1');
    expect(await tab.evaluate('document.cookie')).not.toContain('km_ni');
    await open();
    const id = await tab.evaluate('frames[0].KM.i()');
    expect(id).not.toBe('bob');
    await open();
    expect(await tab.evaluate('[KM.i(), frames[0].KM.i()]')).toEqual([id, id]);
  });
});

describe('without TLS, after pages with TLS of the same host', () => {
  async function openBoth() {
    const site = await openSite({ context: await newContext({ ignoreHTTPSErrors: true }) });
    const folder = await temporaryFolder();
    const { cert, key } = certify(folder, 'www.example.test');
    const secure = createSecureServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
      // The collector is reached through this server: a page with TLS loads nothing without TLS.
      if (request.url!.startsWith('/collector/')) {
        void fetch(site.collector.origin + request.url!.slice('/collector'.length)).then(async (answer) => {
          response.setHeader('content-type', answer.headers.get('content-type') ?? '');
          response.end(Buffer.from(await answer.arrayBuffer()));
        });
        return;
      }
      response.setHeader('content-type', 'text/html');
      response.end(`<!doctype html>${QUIET}<script async src="/collector/KEY.js"></script>`);
    });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void secure.close().closeAllConnections());
    const overTls = async (code: string) => {
      await site.page.goto(`https://www.example.test:${(secure.address() as AddressInfo).port}/`);
      await afterLoad(site.page, 'undefined');
      return site.page.evaluate(code);
    };
    const inClearText = async (code: string) => {
      await site.open(snippets.bare(site.collector));
      await afterLoad(site.page, 'undefined');
      return site.page.evaluate(code);
    };
    return { site, overTls, inClearText };
  }

  test('a visitor is one person there, with the name that they have', async () => {
    const { overTls, inClearText, site } = await openBoth();
    const over = await overTls('KM.i()');
    const clear = await inClearText('KM.i()');
    expect(await inClearText('KM.i()')).toBe(clear);
    await inClearText(`KM.identify('bob')`);
    expect(await inClearText('KM.i()')).toBe('bob');
    // There was no cookie with this name, so this page can write one, which both kinds of pages can read.
    expect(await overTls('KM.i()')).toBe('bob');
    expect(await inClearText('KM.i()')).toBe('bob');
    // A visitor who deletes cookies is not recognised by other stored values.
    await site.context.clearCookies();
    const fresh = await inClearText('KM.i()');
    expect([over, clear, 'bob']).not.toContain(fresh);
    expect(await inClearText('KM.i()')).toBe(fresh);
    expect(await site.page.evaluate(copies)).toEqual([]);
  });

  test('a name that was given only with TLS does not hide a name without TLS', async () => {
    const { overTls, inClearText } = await openBoth();
    await overTls(`KM.identify('ann')`);
    const id = await inClearText('KM.i()');
    await inClearText(`KM.identify('bob')`);
    expect(await inClearText('KM.i()')).toBe('bob');
    expect(id).not.toBe('ann');
    await inClearText('KM.clearIdentity()');
    expect(await inClearText('KM.i()')).not.toBe('bob');
  });

  test('a refusal with TLS also holds without TLS, and the other way round', async () => {
    const { overTls, inClearText, site } = await openBoth();
    await overTls('KM.optOut()');
    await inClearText(`KM.record('never')`);
    await inClearText('KM.optIn()');
    expect(await overTls(`document.cookie`)).toContain('kmq=in');
    await inClearText('KM.optOut()');
    await overTls(`KM.record('never')`);
    await site.stored(0);
  });
});

describe('a page whose cookies cannot be read or written', () => {
  test.each([
    ['an empty document.cookie', STUB],
    ['no document.cookie', `<script>Object.defineProperty(document, 'cookie', { value: undefined })</script>`],
    [
      'a document.cookie that throws',
      `<script>Object.defineProperty(document, 'cookie', { get() { throw 1 }, set() { throw 1 } })</script>`,
    ],
    ['an image in place of document.cookie', ''],
  ])('%s: one person, also for the visit and the variant', async (kind, head) => {
    const site = await openSite({ automatic: true });
    const body = kind === 'an image in place of document.cookie' ? '<img name="cookie">' : '';
    const open = async () => {
      // Placed after the image, which has to exist first.
      await site.open(head, { body: body + snippets.bare(site.collector) });
      await afterLoad(site.page, `KM.record('x')`);
    };
    await open();
    const variant = await site.page.evaluate(`KM.abi()`);
    await site.stored(2);
    await open();
    const hits = await site.stored(3);
    expect(new Set(hits.map(({ _p }) => _p)).size).toBe(1);
    expect(hits.map(({ _n }) => _n).sort()).toEqual(['Visited Site', 'x', 'x']);
    expect(await site.page.evaluate(`KM.abi()`)).toBe(variant);
    expect(await site.page.evaluate(copies)).toEqual(['km_abi', 'km_ai', 'km_lv', 'km_vs']);
    expect(site.errors).toEqual([]);
  });

  test('from a moment in the page on: the visitor after that moment is one person, also on the next page', async () => {
    const site = await openSite();
    await site.open(snippets.bare(site.collector));
    await afterLoad(site.page, `KM.record('before')`);
    await site.stored(1);
    // When a visitor is named or signs out, the tracker reads the cookies again.
    await site.page.evaluate(
      `Object.defineProperty(document, 'cookie', { get: () => '', set() {} }); KM.clearIdentity();
       KM.record('after'); KM.record('again')`,
    );
    await site.stored(3);
    await site.open(STUB + snippets.bare(site.collector));
    await afterLoad(site.page, `KM.record('next')`);
    const [, after, ...later] = await site.stored(4);
    expect(after!._p).toMatch(/^[\w-]{21}$/);
    expect(later.map(({ _p }) => _p)).toEqual([after!._p, after!._p]);
  });

  test('a stored value ends when a cookie would: a new visit after half an hour', async () => {
    const site = await openSite({ automatic: true });
    await site.open(STUB + snippets.bare(site.collector));
    await site.stored(1);
    await site.page.evaluate(`localStorage.km_vs = Date.now() - 1 + ' 1'`);
    await site.open(STUB + snippets.bare(site.collector));
    expect((await site.stored(2)).map(({ _n }) => _n)).toEqual(['Visited Site', 'Visited Site']);
    expect(await site.page.evaluate(`+localStorage.km_vs.split(' ')[0] - Date.now() <= 1800000`)).toBe(true);
  });

  test('invalid values in localStorage are ignored', async () => {
    const site = await openSite();
    await site.open(
      STUB +
        `<script>localStorage.km_ai = 'x'; localStorage.km_ni = ''; localStorage.kmq = '{}'</script>` +
        snippets.bare(site.collector),
    );
    await afterLoad(site.page, '0');
    expect(await site.page.evaluate('KM.i()')).toMatch(/^[\w-]{21}$/);
  });

  test('consent and refusal are remembered, and nothing is stored without consent, with cookieless or after a refusal', async () => {
    const site = await openSite();
    const denied = script('KM_CONSENT = "denied"');
    const view = async (head: string, code: string) => {
      await site.open(STUB + head + snippets.bare(site.collector));
      await afterLoad(site.page, '0');
      return site.page.evaluate(code);
    };
    expect(await view(denied, `KM.i(), KM.identify('bob'), ${copies}`)).toEqual([]);
    await view(denied, `KM.record('x'), KM.consent('granted')`);
    await site.stored(1);
    const id = await view(denied, `KM.record('y'), KM.i()`);
    expect(new Set((await site.stored(2)).map(({ _p }) => _p))).toEqual(new Set([id]));
    await view(denied, `KM.consent('denied')`);
    expect(await view('', `KM.record('never'), ${copies}`)).toEqual(['kmq']);
    await view('', 'KM.optOut()');
    expect(await view('', `KM.consent('granted'), KM.record('never'), ${copies}`)).toEqual(['kmq']);
    await view('', 'KM.optIn(), KM.i()');
    expect(await view(script('KM_COOKIELESS = 1'), `KM.i(), KM.abi(), ${copies}`)).toEqual(['kmq']);
    await site.stored(2);
  });

  test('when cookies are accepted again nobody is recognised, no copy stays, and a refusal still holds', async () => {
    const site = await openSite();
    await site.open(STUB + snippets.bare(site.collector));
    await afterLoad(site.page, '0');
    const before = await site.page.evaluate('KM.i()');
    await site.open(snippets.bare(site.collector));
    await afterLoad(site.page, `KM.record('x')`);
    expect(await site.page.evaluate('KM.i()')).not.toBe(before);
    await expect.poll(() => site.page.evaluate(copies)).toEqual([]);

    await site.context.clearCookies();
    await site.open(STUB + snippets.bare(site.collector));
    await afterLoad(site.page, 'KM.optOut()');
    await site.open(snippets.bare(site.collector));
    await expect.poll(() => site.cookies()).toEqual({ kmq: 'out' });
    expect(await site.page.evaluate(copies)).toEqual([]);
  });

  test('while cookies are accepted, localStorage contains nothing about a visitor', async () => {
    const site = await openSite({ automatic: true });
    await site.open(snippets.bare(site.collector));
    await afterLoad(site.page, `KM.identify('bob'); KM.abi(); KM.consent('granted')`);
    await site.stored(2);
    expect(await site.page.evaluate(copies)).toEqual([]);
    expect(Object.keys(await site.cookies()).sort()).toEqual([
      ...['km_abi', 'km_ai', 'km_lv', 'km_ni', 'km_vs', 'kmq'],
    ]);
  });
});
