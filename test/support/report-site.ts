import type { ReportKind, Reports } from '../../src/protocol/reports.js';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import type { CollectorOptions } from '../../src/collector/options.js';
import { arrived } from './arrived-hits.js';
import { openSite, type Site } from './browser.js';
import { KEY, sharedCollector, startCollector, temporaryFolder, type TestCollector } from './collector.js';

export interface SentEvent {
  person: string;
  event: string;
  /** Unix seconds. */
  time: number;
  properties?: Record<string, string>;
  agent?: 'browser' | 'bot' | 'server';
}

/** A data folder whose site has these events. */
export async function folderOf(events: SentEvent[]): Promise<string> {
  const data = await temporaryFolder();
  const store = new EmbeddedStore({ folder: data, counting: () => 'reference' });
  const hits = events.map(({ properties = {}, ...said }, n) =>
    arrived({ ...said, properties: Object.entries(properties), id: `h${n}` }),
  );
  await store.append(hits);
  await store.close();
  return data;
}

/** A browser, and a collector whose site has these events. */
export async function siteOf(events: SentEvent[], options: Partial<CollectorOptions> = {}): Promise<Site> {
  return openSite({ collector: await startCollector({ data: await folderOf(events), ...options }) });
}

/**
 * The same for tests that change nothing: those of a file share a collector, which is started by the first of them. Each has a browser of its
 * own.
 */
export function sharedSite(events: SentEvent[]): () => Promise<Site> {
  const shared = sharedCollector(
    (collector) => answerOf(collector, 'names', {}),
    () => folderOf(events),
  );
  return async () => openSite({ collector: await shared() });
}

/** The answer to a question, once reports are built. */
export async function answerOf<K extends ReportKind>(
  collector: TestCollector,
  kind: K,
  question: Reports[K]['question'],
): Promise<Reports[K]['answer']> {
  for (;;) {
    const q = encodeURIComponent(JSON.stringify(question));
    const response = await collector.send(`/api/v1/reports/${kind}?key=${KEY}&q=${q}`);
    if (response.ok) return (await response.json()) as Reports[K]['answer'];
    if (response.status !== 503) throw new Error(await response.text());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
