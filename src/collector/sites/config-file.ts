import { readFileSync } from 'node:fs';
import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import type { ZodError, ZodType } from 'zod';
import { Config } from './config.js';

type Fault = [offset: number, message: string];

/**
 * Reads the file of settings: JSON, with optional comments and trailing commas.
 * @param schema of the content; by default only the settings of the sites
 * @throws Error with one line for each fault: file, line number, setting and reason
 */
export function readConfigFile(file: string): Config;
export function readConfigFile<T>(file: string, schema: ZodType<T>): T;
export function readConfigFile(file: string, schema: ZodType = Config): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  if (!tree || errors.length) {
    throw failure(
      file,
      text,
      errors.map(({ error, offset }) => [offset, `is not JSON (${printParseErrorCode(error)})`]),
    );
  }
  const repeated = repeats(tree);
  if (repeated.length) throw failure(file, text, repeated);
  const result = schema.safeParse(valueOf(tree));
  if (!result.success) throw failure(file, text, faults(tree, result.error));
  return result.data;
}

function failure(file: string, text: string, faults: Fault[]): Error {
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
  return new Error(faults.map(([offset, message]) => `${file}:${lineOf(offset)}: ${message}`).join('\n'));
}

/** The offset of each wrong setting; for a missing one, that of the object in which it should be. */
function faults(tree: Node, error: ZodError): Fault[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path as (string | number)[];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key): Fault => [
        nameOffset(tree, [...path, key]),
        `${key} is not a setting of ${title(path)}`,
      ]);
    }
    return [[nameOffset(tree, path), `${title(path)}: ${issue.message}`]];
  });
}

function title(path: (string | number)[]): string {
  return path.join('.') || 'the file';
}

/** The offset of a setting's name, or of its value if it has no name, as in a list. */
function nameOffset(tree: Node, path: (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(tree, path.slice(0, length));
    if (node) return node.parent?.type === 'property' ? node.parent.offset : node.offset;
  }
  return tree.offset;
}

/** Finds settings that occur twice: JSON would silently use the last one. */
function repeats(node: Node): Fault[] {
  const seen = new Set<unknown>();
  const here = (node.type === 'object' ? node.children! : []).flatMap((property): Fault[] => {
    const name: unknown = property.children![0]!.value;
    if (seen.has(name)) return [[property.offset, `${String(name)} appears here a second time`]];
    seen.add(name);
    return [];
  });
  return [...here, ...(node.children ?? []).flatMap(repeats)];
}

/** The value of a node. All members become own properties: `__proto__` is a key like any other. */
function valueOf(node: Node): unknown {
  const children = node.children ?? [];
  if (node.type === 'array') return children.map(valueOf);
  if (node.type !== 'object') return node.value;
  return Object.fromEntries(children.map(({ children: pair }) => [pair![0]!.value as string, valueOf(pair![1]!)]));
}
