import { describe, expect, test } from 'vitest';
import { KEY, startCollector } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { findOrca } from '../support/installed.js';
import { folderOf } from '../support/report-site.js';
import { startScreenReader } from '../support/screen-reader.js';

// What Orca says. axe-core finds wrong markup; only a screen reader shows what its user hears, and in which order.

const DAY = 86_400;
const now = await nowForFile();

async function openCollector() {
  const people = Array.from({ length: 40 }, (_, n) => `p${n}@example.com`);
  const data = await folderOf(
    people.flatMap((person, n) => [
      { person, event: 'Visited Site', time: now - ((n % 20) + 1) * DAY },
      { person, event: 'Signed Up', time: now - ((n % 20) + 1) * DAY + 60 },
    ]),
  );
  return startCollector({ data });
}

describe.runIf(findOrca())('with the screen reader Orca', () => {
  test.each([
    ['/?', 'Overview', ['People: 40', 'People and visits by day', 'chart', 'Events', 'table with 3 rows 3 columns']],
    ['/trend?event=Signed+Up&', 'Trend', ['who did', 'Signed Up', 'people: 40', 'People by day', 'chart']],
    ['/funnel?', 'Funnel', ['Step 1', 'Visited Site', 'Step 2', 'Signed Up', 'People by step']],
    ['/people?', 'People', ['40 people', 'table with 41 rows 2 columns', 'p0@example.com']],
    ['/person?id=p0@example.com&', 'p0@example.com', ['Visits', 'Timeline', 'calendar', 'Signed Up']],
    ['/live?', 'Live', ['Signed Up', 'p0@example.com']],
    ['/start?', 'Snippet', ['Paste this into the head of every page', 'Send a test hit']],
  ])('%s begins with its header, and all of it is read', async (path, title, parts) => {
    const collector = await openCollector();
    const reader = await startScreenReader();
    await reader.open(`${collector.origin}${path}key=${KEY}`);
    for (const part of parts) await expect.poll(() => reader.said()).toContain(part);
    const said = reader.said();
    const begin = said.findIndex((text) => text.startsWith(title) && text.endsWith('document web.'));
    const first = said.slice(begin + 1, said.indexOf('Skip to the page'));
    // Orca's own words about the document, and the state of a connection.
    const expected = /^(Loading|Please wait|Finished loading|Page has|Connecting$|Live$|Looking for)/;
    expect(first.filter((text) => !expected.test(text))).toEqual([]);
    expect(said.filter((text) => text === 'heading level 1')).toHaveLength(1);
  });

  test('the keys left and right say the days of a chart, and Enter opens its people', async () => {
    const collector = await openCollector();
    const reader = await startScreenReader();
    await reader.open(`${collector.origin}/trend?event=Signed+Up&key=${KEY}`);
    await expect.poll(() => reader.said()).toContain('Count again');
    const saying = async (key: string, text: RegExp): Promise<void> => {
      await reader.press(key);
      await expect.poll(() => reader.said().join(' | ')).toMatch(text);
    };
    await saying('ctrl+Home', /Skip to the page/);
    await saying('h', /Trend heading level 1/);
    await saying('h', /People by day heading level 2/);
    await saying('Tab', /as table/);
    await saying('Tab', /as CSV/);
    await saying('Tab', /chart/);
    await saying('End', /, \d{4}\. People: 0 so far/);
    await saying('Left', /, \d{4}\. People: 2/);
    await saying('Return', /People.*document web/);
  });
});
