import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSite, useBrowser, type Site } from '../support/browser.js';
import { startCollector, type TestCollector } from '../support/collector.js';
import { newProject, pack, remove, run } from '../packages/support.js';
import { samples } from './support/document.js';
import { QUIETLY, startServer } from './support/project.js';

useBrowser();

const NEXT = 'node_modules/next/dist/bin/next';
/** The first build takes a minute or two. */
const PATIENCE_MS = 900_000;

const PAGE = `import Link from 'next/link';

export default function Page() {
  return <Link href="/tea">Tea</Link>;
}
`;

function writeApplication(project: string, { origin }: TestCollector): void {
  const [layout, visitor] = samples('Next.js', origin, 'site');
  mkdirSync(join(project, 'app/tea'), { recursive: true });
  writeFileSync(join(project, 'app/layout.tsx'), layout!);
  writeFileSync(join(project, 'app/visitor.tsx'), visitor!);
  writeFileSync(join(project, 'app/page.tsx'), PAGE);
  writeFileSync(join(project, 'app/tea/page.tsx'), PAGE.replaceAll('/tea', '/').replace('>Tea<', '>Back<'));
}

/** A visitor opens the shop, looks at the tea, and goes back. */
async function visit(origin: string, { page, collector, errors, console }: Site): Promise<void> {
  expect(await (await fetch(origin)).text()).toContain('Tea');
  await page.goto(`${origin}/?km_debug=1`);
  await page.waitForFunction('window.KM && KM.record');
  await page.click('text=Tea');
  await page.click('text=Back');
  const seen = async () =>
    (await collector.person('ada@example.com'))?.events
      .filter(({ name }) => name === 'Page View')
      .map(({ properties }) => properties['Viewed URL']?.replace(origin, ''));
  await expect.poll(seen).toEqual(['/?km_debug=1', '/tea', '/']);
  expect((await collector.person('ada@example.com'))?.events).toHaveLength(4);
  expect(console.filter((line) => line.startsWith('kmq: identify'))).toEqual(['kmq: identify ada@example.com']);
  expect(console.filter((line) => /hydrat|Warning|Error/i.test(line))).toEqual([]);
  expect(errors).toEqual([]);
}

test(
  'Next.js: the pages of the documented sample are tracked, built and in development',
  { timeout: PATIENCE_MS },
  async () => {
    const project = newProject();
    onTestFinished(() => remove(project));
    const { tarball } = pack('.', project);
    const packages = ['next@16', 'react@19', 'react-dom@19', 'typescript@5', '@types/react@19', '@types/node@22'];
    await run('npm', ['install', ...QUIETLY, ...packages, tarball], project);

    const collector = await startCollector();
    writeApplication(project, collector);
    // The build also checks types.
    await run('env', ['NEXT_TELEMETRY_DISABLED=1', process.execPath, NEXT, 'build'], project);
    const built = await startServer(project, NEXT, 'start', '--port', '0');
    await visit(built, await openSite({ automatic: true, collector }));

    // In development React's strict mode mounts everything twice.
    const another = await startCollector();
    writeApplication(project, another);
    const developed = await startServer(project, NEXT, 'dev', '--port', '0');
    await visit(developed, await openSite({ automatic: true, collector: another }));
  },
);
