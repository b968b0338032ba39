import type { Browser, CDPSession } from 'playwright-core';
import { plainPage, plan, type AnyPage } from '../any-page.js';
import type { TestCollector } from '../collector.js';
import { REMEMBER, STARTED } from './in-page.js';
import type { AnySite } from './site.js';

/*
 * Opens the pages of any-page.ts as a visitor does, and returns the errors. A page's own objects cannot be trusted: its state
 * is read by the browser's protocol, and by the functions that `REMEMBER` has saved.
 */

/** What the tracker adds to a page, according to its documents. */
const ITS_OWN = /^window\.(KM|_kmq|_kmk|KM_COLLECTOR)$/;
const OF_PAGE_VIEWS = /^history\.(pushState|replaceState)$/;

let visits = 0;

export interface World {
  browser: Browser;
  collector: TestCollector;
  site: AnySite;
}

/** @returns the errors, one on each line; nothing else remains of the visit */
export async function visit({ browser, collector, site }: World, page: AnyPage, patienceMs: number): Promise<string[]> {
  const key = `any${++visits}`;
  const host = page.secure ? `${key}.localhost` : `www.${key}.test`;
  const { origin } = collector;
  const { loads, leaves, html, after, expected, callbacks, people, automatic } = plan(page, origin, key);
  for (let load = 1; load <= loads; load++) site.pages.set(`${host}/${load}`, html(load));
  site.pages.set(`${host}/plain`, plainPage(origin, key));
  const address = (path: unknown) => `http://${host}:${site.port}/${String(path)}`;

  const faults: string[] = [];
  const context = await browser.newContext();
  try {
    await context.addInitScript(REMEMBER);
    const tab = await context.newPage();
    tab.on('pageerror', (error) => faults.push(`an error reached the window: ${error.message}`));
    const session = await context.newCDPSession(tab);
    const wanted: Record<string, Record<string, string>> = {};

    for (let load = 1; load <= loads; load++) {
      await tab.goto(address(load));
      if (!(await until(patienceMs, () => evaluate<boolean>(session, STARTED)))) {
        faults.push(`load ${load}: the tracker did not start`);
        return faults;
      }
      for (const member of (await evaluate<string>(session, 'anyPage.changed()')).split('\n')) {
        if (member && !ITS_OWN.test(member) && !(automatic['Page View'] && OF_PAGE_VIEWS.test(member)))
          faults.push(`${member} is another`);
      }
      Object.assign(wanted, expected(load));
      for (const code of after(load, address('plain'))) await evaluate(session, `${code};''`);
      if (leaves && load == loads) {
        await tab.waitForURL(address('plain'), { timeout: 60_000 });
        break;
      }
      const missing = await stillMissing(wanted);
      if (missing.length) faults.push(`load ${load}: never arrived: ${missing.join()}`);
      const called = async () => countCalls(await evaluate<string>(session, 'anyPage.calls()'));
      const isCalled = async () => {
        const calls = await called();
        return callbacks(load).every((name) => calls.get(name));
      };
      if (!missing.length && !(await until(patienceMs, isCalled))) faults.push('a callback was never called');
      for (const [name, count] of await called())
        if (count > 1) faults.push(`the callback of ${name} was called ${count} times`);
      if (missing.length) return faults;
    }

    if (!leaves) await tab.goto(address('plain'));
    wanted.Last = {};
    const missing = await stillMissing(wanted);
    if (missing.length) faults.push(`never arrived, after the page was left: ${missing.join()}`);
    await check(wanted);
    return faults;
  } catch (error) {
    faults.push(String(error));
    return faults;
  } finally {
    await context.close();
    for (const path of [1, 2, 'plain']) site.pages.delete(`${host}/${path}`);
  }

  async function arrived(): Promise<Map<string, Record<string, unknown>[]>> {
    const names = new Map<string, Record<string, unknown>[]>();
    for (const line of await collector.export(key)) {
      const all = line._n === undefined ? Object.keys(line).filter((name) => /^E\d/.test(name)) : [String(line._n)];
      for (const name of all) names.set(name, [...(names.get(name) ?? []), line]);
    }
    return names;
  }

  async function stillMissing(wanted: object): Promise<string[]> {
    const names = Object.keys(wanted);
    let missing = names;
    await until(patienceMs, async () => {
      const there = await arrived();
      missing = names.filter((name) => !there.has(name));
      return !missing.length;
    });
    return missing;
  }

  async function check(wanted: Record<string, Record<string, string>>): Promise<void> {
    const there = await arrived();
    for (const [name, properties] of Object.entries(wanted)) {
      const lines = there.get(name) ?? [];
      if (lines.length > 1) faults.push(`${name} arrived ${lines.length} times`);
      for (const line of lines) {
        const own = Object.entries(line).filter(([property]) => !property.startsWith('_'));
        const found = JSON.stringify(own.toSorted());
        if (found != JSON.stringify(Object.entries(properties).toSorted())) faults.push(`${name} has ${found}`);
      }
    }
    const viewed = there.get('Page View')?.length;
    if (viewed !== automatic['Page View']) faults.push(`${viewed ?? 0} page views`);
    const visited = there.get('Visited Site')?.find(({ URL }) => URL == address(1));
    if (automatic['Visited Site'] && !visited) faults.push('the visit was not told');
    if (visited && visited.Referrer === undefined) faults.push('the visit has no referrer');
    const identities = new Set([...there.values()].flat().map(({ _p }) => String(_p)));
    const persons = new Set<string>();
    for (const identity of identities) persons.add(String((await collector.person(identity, key))?.identities));
    if (persons.size > people) faults.push(`${persons.size} people: ${[...persons].join(' / ')}`);
  }
}

function countCalls(text: string): Map<string, number> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [name, count] = line.split('\t');
      return count ? [[name!, Number(count)]] : [];
    }),
  );
}

async function evaluate<Value>(session: CDPSession, expression: string): Promise<Value> {
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, returnByValue: true });
  if (exceptionDetails)
    throw new Error(`in the page: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
  return result.value as Value;
}

async function until(patienceMs: number, isTrue: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + patienceMs;
  for (;;) {
    if (await isTrue()) return true;
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
