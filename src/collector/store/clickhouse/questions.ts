import type { People, Person } from '../../../protocol/api.js';
import { rawLine } from '../../../protocol/raw-format.js';
import { toBytes, toJson } from '../model/json.js';
import type { Counting, DamagedRow, ExportedHit, Json, LivePage } from '../store.js';
import type { ClickHouseAddress } from './address.js';
import { Components } from './components.js';
import { ExportReader } from './export-reader.js';
import { LiveReader } from './live-reader.js';
import { Nodes } from './nodes.js';
import { PeopleReader } from './people-reader.js';
import { Tables } from './tables.js';

/**
 * The questions to ClickHouse that run in their own thread: parsing the text of a large answer would delay hits that
 * arrive.
 */
export interface Questions {
  person: (key: string, identity: string, counting: Counting) => Promise<Json<Person> | undefined>;
  people: (key: string, text: string, limit: number) => Promise<Json<People>>;
  live: (key: string, cursor: string | undefined, limit: number, counting: Counting) => Promise<LivePage>;
  /** Begins a raw export. @returns its number */
  beginExport: (key: string) => number;
  /** The next lines of an export, with the damaged rows that were left out among them; undefined at its end. */
  nextOfExport: (number: number) => Promise<Piece | undefined>;
  /** Ends an export that is not read to its end. */
  endExport: (number: number) => Promise<void>;
}

/** A part of an export. */
interface Piece {
  lines: Uint8Array;
  damaged: DamagedRow[];
}

/** An export that is being read. */
interface Export {
  hits: AsyncIterator<ExportedHit>;
  /** Damaged rows that were left out since the last piece. */
  damaged: DamagedRow[];
}

/** The size of a piece: at most so many lines, and no further line after so many characters. */
const LINES_OF_A_PIECE = 1000;
const CHARACTERS_OF_A_PIECE = 4 * 1024 * 1024;

/** @returns the questions, and a function that closes their connections */
export function questionsTo(address: ClickHouseAddress): { questions: Questions; close: () => Promise<void> } {
  const nodes = new Nodes(address);
  const tables = new Tables(address);
  const people = new PeopleReader(nodes, tables, new Components(nodes, tables));
  const live = new LiveReader(nodes, tables);
  const exportReader = new ExportReader(nodes, tables);
  const exports = new Map<number, Export>();
  let count = 0;
  const questions: Questions = {
    person: async (key, identity, counting) => {
      const person = await people.person(key, identity, counting);
      return person && toJson(person);
    },
    people: async (key, text, limit) => toJson({ people: await people.people(key, text, limit) }),
    live: (key, cursor, limit, counting) => live.live(key, cursor, limit, counting),
    beginExport: (key) => {
      const damaged: DamagedRow[] = [];
      const hits = exportReader.export(key, (row) => damaged.push(row))[Symbol.asyncIterator]();
      exports.set(++count, { hits, damaged });
      return count;
    },
    nextOfExport: (number) => nextPiece(exports.get(number)!),
    endExport: async (number) => {
      await exports.get(number)?.hits.return?.();
      exports.delete(number);
    },
  };
  return { questions, close: () => nodes.close() };
}

async function nextPiece({ hits, damaged }: Export): Promise<Piece | undefined> {
  const lines: string[] = [];
  let left = CHARACTERS_OF_A_PIECE;
  while (lines.length < LINES_OF_A_PIECE && left > 0) {
    const next = await hits.next();
    if (next.done) break;
    const line = rawLine(next.value);
    lines.push(line);
    left -= line.length;
  }
  return lines.length || damaged.length ? { lines: toBytes(lines), damaged: damaged.splice(0) } : undefined;
}
