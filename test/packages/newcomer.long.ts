import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { newContext, useBrowser } from '../support/browser.js';
import { freePort } from '../support/ports.js';
import { signUpInShop } from '../support/demo-shop.js';
import { copyOfWorkTree, remove, run } from './support.js';

useBrowser();

/** Prints the time since the walk began. Times are not tested: they depend on the machine. */
function stopwatch(): (reached: string) => void {
  const began = performance.now();
  return (reached) => console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${reached}`);
}

test("the README's two commands are enough to see a person on the page", async () => {
  const clone = copyOfWorkTree();
  onTestFinished(() => remove(clone));
  const reached = stopwatch();
  await run('npm', ['ci'], clone);
  reached('npm ci has ended');

  // The default port may be in use.
  const child = spawn('npm', ['start', '--', '--port', String(await freePort())], { cwd: clone, detached: true });
  const exited = once(child, 'close');
  onTestFinished(async () => {
    process.kill(-child.pid!, 'SIGTERM');
    await exited;
  });
  child.stderr.resume();
  const addresses: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    addresses.push(...(line.match(/http:\/\/\S+/g) ?? []));
    if (line.startsWith('Overview')) break;
  }
  reached('npm start has printed its addresses');
  const shop = addresses.find((address) => address.includes('/demo/'));
  expect(shop, addresses.join()).toBeDefined();

  const page = await (await newContext()).newPage();
  // The made-up visitors are still being stored, so reports may be slow on a busy machine.
  page.setDefaultTimeout(120_000);
  await signUpInShop(page, shop!);
  await page.click('text=See yourself');
  await page.waitForSelector('h1:has-text("ada@example.com")');
  // The anonymous and the named visitor are one person.
  await page.waitForSelector('text=Viewed Product');
  reached('the person is on the page');

  await page.goto(new URL('/?key=demo', shop).href);
  await page.waitForSelector('.lead-sentence p:not(.note)');
  await expect.poll(() => page.textContent('.totals')).toMatch(/\d,\d{3}/);
  reached('the overview shows the visitors of the demo');

  // A build while the collector runs: each file is there all the time.
  const build = run('npm', ['run', 'build'], clone).then(() => true);
  const statuses = new Set<string>();
  while (!(await Promise.race([build, wait(20, false)]))) {
    for (const path of ['/people?key=demo', '/dashboard/people.js', '/dashboard/style.css', '/demo.js'])
      statuses.add(`${(await fetch(new URL(path, shop))).status} ${path}`);
  }
  expect([...statuses].map((one) => one.slice(0, 3))).toEqual(['200', '200', '200', '200']);
  reached('a build has replaced the files of the running collector');
});
