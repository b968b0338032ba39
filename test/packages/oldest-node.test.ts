import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { clientOf, temporaryFolder } from '../support/collector.js';
import { linesOf, serve } from '../support/command.js';
import { newProject, remove, run } from './support.js';

/** The oldest Node that `kmq-server` supports: the first whose SQLite has a full-text index. */
const OLDEST = '22.16.0';

test(`the collector runs on Node ${OLDEST}, and prints no warning about its experiments`, async () => {
  const { engines } = JSON.parse(readFileSync('server/package.json', 'utf8')) as { engines: { node: string } };
  expect(`${engines.node}.0`).toBe(`>=${OLDEST}`);

  const project = newProject();
  onTestFinished(() => remove(project));
  const manifest = { name: 'a-project', private: true, allowScripts: { node: true } };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--no-audit', '--no-fund', `node@${OLDEST}`], project);
  const node = join(project, 'node_modules/node/bin/node');
  expect(await run(node, ['--version'])).toBe(`v${OLDEST}\n`);

  const data = await temporaryFolder();
  const first = await serve(['--data', data, '--log-level', 'warn'], {}, node);
  const collector = clientOf(first.origin);
  await collector.send('/e?_k=site&_p=ada&_n=Signed+Up&plan=pro');
  await collector.send('/a?_k=site&_p=ada&_n=ada%40example.com');
  expect(await collector.person('ada@example.com')).toMatchObject({ events: [{ name: 'Signed Up' }] });
  expect(await collector.people('example')).toHaveLength(1);
  first.process.kill('SIGTERM');
  expect(await first.exited).toBe(0);
  expect(linesOf(first)).toEqual([]);

  const second = await serve(['--data', data, '--log-level', 'warn'], {}, node);
  expect(await clientOf(second.origin).erase('ada')).toMatchObject({ hits: 2 });
});
