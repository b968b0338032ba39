import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSite, useBrowser, type Site } from '../support/browser.js';
import { startCollector } from '../support/collector.js';
import { newProject, pack, remove, run } from '../packages/support.js';
import { samples } from './support/document.js';
import { edit, QUIETLY, startServer } from './support/project.js';

useBrowser();

interface Framework {
  /** The heading in docs/frameworks.md, and the template of `npm create vite`. */
  heading: string;
  template: string;
  /** The file with the component of the template. */
  app: string;
  /** Where each of the three lines is pasted: the existing text, and its replacement. */
  paste: (lines: string[]) => [from: string | RegExp, to: string][];
  /** The command that checks types and builds. */
  scripts: string[];
}

const FRAMEWORKS: Framework[] = [
  {
    ...{ heading: 'React', template: 'react-ts', app: 'src/App.tsx', scripts: ['build'] },
    paste: ([imported, named, component]) => [
      [/^/, `${imported}\n`],
      ['function App() {\n', `function App() {\n  ${named}\n`],
      ['<>\n', `<>\n${component}\n`],
    ],
  },
  {
    ...{ heading: 'Vue', template: 'vue-ts', app: 'src/App.vue', scripts: ['build'] },
    paste: ([imported, named, component]) => [
      ['</script>', `${imported}\n${named}\n</script>`],
      ['<template>\n', `<template>\n${component}\n`],
    ],
  },
  {
    ...{ heading: 'Svelte', template: 'svelte-ts', app: 'src/App.svelte', scripts: ['check', 'build'] },
    paste: ([imported, named, component]) => [['</script>', `${imported}\n${named}\n</script>\n${component}`]],
  },
];

/** Each test installs a hundred packages and builds with them. */
const PATIENCE_MS = 900_000;

const folder = newProject();
let tarball: string;
beforeAll(() => {
  ({ tarball } = pack('.', folder));
});
afterAll(() => remove(folder));

/** The people and their events, after a visitor has opened the application and changed its route. */
async function visit(origin: string, site: Site): Promise<unknown> {
  const { page, collector } = site;
  await page.goto(`${origin}/?km_debug=1`);
  await page.waitForFunction('window.KM && KM.record');
  await page.evaluate(`history.pushState(null, '', '/tea')`);
  const seen = async () => {
    const person = await collector.person('ada@example.com');
    return person?.events.map(({ name, properties }) => [name, properties['Viewed URL']?.replace(origin, '')]);
  };
  await expect.poll(async () => (await seen())?.length).toBe(3);
  return seen();
}

const SEEN = [
  ['Page View', '/?km_debug=1'],
  ['Visited Site', undefined],
  ['Page View', '/tea'],
];

describe.each(FRAMEWORKS)('npm create vite, $heading', ({ heading, template, app, paste, scripts }) => {
  const title = 'four pasted lines make a visitor who is tracked and has a name, built and in development';
  test(title, { timeout: PATIENCE_MS }, async () => {
    const collector = await startCollector();
    await run('npm', ['create', '--yes', 'vite@9', template, '--', '--template', template, '--no-interactive'], folder);
    const project = join(folder, template);
    const [terminal] = samples('From `npm create vite` to a visitor with a name');
    expect(terminal).toBe('npm install kmq\n');
    // The package is not published yet.
    await run('npm', ['install', ...QUIETLY, tarball], project);
    await run('npm', ['install', ...QUIETLY], project);
    const [pasted] = samples(heading, collector.origin, 'site');
    edit(join(project, app), ...paste(pasted!.trim().split('\n')));

    for (const script of scripts) await run('npm', ['run', script], project);
    const site = await openSite({ automatic: true, collector });
    const built = await startServer(project, 'node_modules/vite/bin/vite.js', 'preview', '--port', '0');
    expect(await visit(built, site)).toEqual(SEEN);
    expect(site.errors).toEqual([]);

    // In development React's strict mode mounts everything twice, and a changed file is mounted again.
    const another = await startCollector();
    edit(join(project, app), [collector.origin, another.origin]);
    const developer = await openSite({ automatic: true, collector: another });
    const developed = await startServer(project, 'node_modules/vite/bin/vite.js', '--port', '0');
    expect(await visit(developed, developer)).toEqual(SEEN);
    expect(developer.console.filter((line) => line.startsWith('kmq: identify'))).toEqual([
      'kmq: identify ada@example.com',
    ]);
    edit(join(project, app), [
      /<(Kmq .*\/)>/,
      `<p id="changed">Changed</p><Kmq site="another" collector="${another.origin}" />`,
    ]);
    await developer.page.waitForSelector('#changed');
    await developer.page.evaluate(`history.pushState(null, '', '/cup')`);
    await expect.poll(async () => (await another.person('ada@example.com'))?.events.length).toBe(4);
    const scriptsOf = `[...document.scripts].filter(({ src }) => src.startsWith('${another.origin}')).length`;
    expect(await developer.page.evaluate(scriptsOf)).toBe(1);
    // No alias: the visitor had a name before the first hit. Svelte makes a changed component again, which names the
    // visitor again; that sends nothing.
    expect(await another.export()).toHaveLength(4);
    expect(developer.errors).toEqual([]);
  });
});
