import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { rollup } from 'rollup';
import { expect } from 'vitest';
import type { Site } from '../../support/browser.js';

const FOLDER = 'test/compat';

/** A package for Node, by name, as an application requires it. */
export const requirePackage = createRequire(`${process.cwd()}/${FOLDER}/package.json`);

/** Script tags for files of packages, which the page gets as they were published. */
export async function packageScripts(site: Site, ...files: string[]): Promise<string> {
  for (const file of files)
    await serve(site, `/packages/${file}`, readFileSync(`${FOLDER}/node_modules/${file}`, 'utf8'));
  return files.map((file) => `<script src="/packages/${file}"></script>`).join('');
}

/** One script from an application in `pages/` and everything that it imports. */
export async function bundle(page: string): Promise<string> {
  const build = await rollup({
    input: `${FOLDER}/pages/${page}`,
    plugins: [nodeResolve({ browser: true })],
  });
  const { output } = await build.generate({ format: 'iife' });
  await build.close();
  return output[0].code;
}

async function serve(site: Site, path: string, code: string): Promise<void> {
  const answer = { body: code, contentType: 'text/javascript; charset=utf-8' };
  await site.context.route(`**${path}`, (route) => route.fulfill(answer));
}

/** A script tag for a bundle. */
export async function bundleScript(site: Site, code: string): Promise<string> {
  await serve(site, '/bundle.js', code);
  return '<script defer src="/bundle.js"></script>';
}

/**
 * The collector answers for the hosts of KISSmetrics, as for owners who point these names at it. For packages that know no
 * other host: only the name server is replaced.
 */
export async function answerForKissmetrics(site: Site): Promise<void> {
  await site.context.route(/^http:\/\/\w+\.kissmetrics\.com\//, (route) => {
    const { pathname, search } = new URL(route.request().url());
    return route.continue({ url: site.collector.origin + pathname + search });
  });
}

/** The hosts of KISSmetrics cannot be reached, as with most ad blockers. */
export async function blockKissmetrics(site: Site): Promise<void> {
  await site.context.route(/^https?:\/\/\w+\.kissmetrics\.com\//, (route) => route.abort());
}

/** The collector has stored exactly these hits, apart from times and hit ids; in any order, since hits are sent in parallel. */
export async function expectStored(site: Site, expected: (anonymous: string) => object[]): Promise<void> {
  const hits = await site.stored(expected('').length);
  const anonymous = (await site.cookies()).km_ai!;
  const essence = hits.map(({ _t, _i, ...hit }) => hit);
  for (const hit of expected(anonymous)) expect(essence).toContainEqual(hit);
}

/** A person without the parts that depend on the order of arrival: sorted, and with the latest value of each property. */
export async function personOf({ collector }: Site, identity: string) {
  const { identities, events, properties } = (await collector.person(identity))!;
  return {
    identities: identities.toSorted(),
    events: events.map(({ name }) => name).toSorted(),
    properties: Object.fromEntries(Object.entries(properties).map(([name, values]) => [name, values.at(-1)!.value])),
  };
}
