import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newProject, pack, remove, run } from '../packages/support.js';
import { samples } from './support/document.js';
import { QUIETLY } from './support/project.js';

/** The installation and the first start take a minute. */
const PATIENCE_MS = 300_000;

/** An application with both ways to load the tracker, and its tests. `trackClick` needs a listener on the window. */
const TESTS = `
  import { render } from '@testing-library/react';
  import { init, record, trackClick } from 'kmq';
  import { Kmq, useIdentify } from 'kmq/react';

  function App({ user }) {
    useIdentify(user);
    return <Kmq site="KEY" collector="https://kmq.example.com" pageViews />;
  }

  test('commands wait', () => {
    const { rerender } = render(<App user="ada" />);
    rerender(<App user={null} />);
    record('Bought', { total: 1 });
    expect([...window._kmq]).toEqual([['identify', 'ada'], ['identify', null], ['record', 'Bought', { total: 1 }]]);
  });

  test('a bundled tracker follows clicks', async () => {
    document.body.innerHTML = '<button class="buy"></button>';
    const shown = [];
    console.log = console.error = (...texts) => shown.push(texts.map(String).join(' ') + JSON.stringify(texts.at(-1)));
    init({ key: 'KEY', collector: 'http://127.0.0.1:9' });
    KM.debug();
    trackClick('.buy', 'Clicked Buy');
    document.querySelector('button').click();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(shown.filter((text) => text.startsWith('kmq: sends') && text.includes('Clicked Buy'))).toHaveLength(1);
    expect(shown.filter((text) => /TypeError/.test(text))).toEqual([]);
  });
`;

/** Code of a server whose tests run in the environment of the pages. */
const SERVER_TESTS = `
  import { readdirSync } from 'node:fs';
  import { createClient } from 'kmq/node';

  test('the client for servers records', () => {
    const faults = [];
    const onError = ({ message }) => faults.push(message);
    const kmq = createClient({ key: 'KEY', collector: 'http://127.0.0.1:9', queue: 'queue', onError });
    kmq.record('ada', 'Ordered', { note: 'x'.repeat(9000) });
    expect(faults).toEqual([]);
    expect(readdirSync('queue', { recursive: true }).filter((name) => name.endsWith('.hits'))).not.toEqual([]);
  });
`;

const project = newProject();
afterAll(() => remove(project));

beforeAll(async () => {
  const { tarball } = pack('.', project);
  const packages = [
    ...['react@19', 'react-dom@19', '@testing-library/react@16', '@testing-library/dom@10'],
    ...['jest@30', 'jest-environment-jsdom@30', '@babel/preset-env@7', '@babel/preset-react@7'],
    ...['vitest@4', 'jsdom@26', 'happy-dom@20'],
  ];
  await run('npm', ['install', ...QUIETLY, tarball, ...packages], project);
  mkdirSync(join(project, 'src'));
  writeFileSync(join(project, 'src/application.test.jsx'), TESTS);
  writeFileSync(join(project, 'src/server.test.js'), SERVER_TESTS);
}, PATIENCE_MS);

test('Jest, with the documented setting', { timeout: PATIENCE_MS }, async () => {
  const presets = `[['@babel/preset-env', { targets: { node: 'current' } }], ['@babel/preset-react', { runtime: 'automatic' }]]`;
  writeFileSync(join(project, 'babel.config.cjs'), `module.exports = { presets: ${presets} };`);
  const [setting] = samples('Tools that need a setting');
  const jest = (configuration: string) => {
    writeFileSync(join(project, 'jest.config.cjs'), configuration);
    return run(process.execPath, ['node_modules/jest/bin/jest.js', '--no-cache'], project);
  };
  await expect(jest(`module.exports = { testEnvironment: 'jsdom' };`)).rejects.toThrow(
    'Must use import to load ES Module',
  );
  expect(await jest(setting!)).toContain('3 passed');
});

test.each(['jsdom', 'happy-dom'])('Vitest with %s', { timeout: PATIENCE_MS }, async (environment) => {
  const happyDOM = '{ settings: { handleDisabledFileLoadingAsSuccess: true } }';
  writeFileSync(
    join(project, 'vitest.config.js'),
    `export default { oxc: { jsx: { runtime: 'automatic' } }, test: { globals: true, environment: '${environment}', environmentOptions: { happyDOM: ${happyDOM} } } };`,
  );
  const printed = await run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run'], project);
  expect(printed).toMatch(/3 passed/);
  expect(printed).not.toContain('loading is disabled');
});
