import type { Person, PersonSummary } from '../../../protocol/api.js';
import { ReadingThread } from './reading-thread.js';
import type { Counting, LivePage, StoredHit } from '../store.js';

/** The reading half of the embedded store: any number of processes can read the file that one of them writes. */
export class EmbeddedReads {
  protected readonly reading: ReadingThread;

  /** @param file of the database */
  constructor(
    file: string,
    protected readonly counting: (key: string) => Counting,
  ) {
    this.reading = new ReadingThread(file);
  }

  person(key: string, identity: string): Promise<Person | undefined> {
    return this.reading.ask('person', key, identity, this.counting(key));
  }

  people(key: string, text: string, limit: number): Promise<PersonSummary[]> {
    return this.reading.ask('people', key, text, limit);
  }

  live(key: string, cursor: string | undefined, limit: number): Promise<LivePage> {
    return this.reading.ask('live', key, cursor, limit);
  }

  async *export(key: string): AsyncIterable<StoredHit> {
    for (let last = 0; ;) {
      const page = await this.reading.ask('exportPage', key, last);
      if (page.last === last) return;
      yield* page.hits;
      last = page.last;
    }
  }

  keys(): Promise<string[]> {
    return this.reading.ask('keys');
  }

  async close(): Promise<void> {
    await this.reading.close();
  }
}
