import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Packed {
  /** Path of the tarball. */
  tarball: string;
  /** Paths of all files in it, sorted. */
  files: string[];
  /** Size of all files together, in bytes. */
  unpackedSize: number;
}

/** Runs a command to its end, while other tests run. @throws Error with its output, if it fails */
export async function run(command: string, parameters: string[], cwd = '.'): Promise<string> {
  const child = spawn(command, parameters, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${parameters.join(' ')} ended with ${code}: ${printed}`);
  return printed;
}

/** A folder with the files of this work tree, also uncommitted ones, without ignored ones, like a clone. */
export function copyOfWorkTree(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kmq-clone-'));
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { encoding: 'utf8' });
  execFileSync('tar', ['-cf', join(folder, 'tree.tar'), '--ignore-failed-read', '--null', '-T', '-'], { input: files });
  execFileSync('tar', ['-xf', 'tree.tar'], { cwd: folder });
  remove(join(folder, 'tree.tar'));
  return folder;
}

/** A folder for the tests of a file, with a project in it that has no dependencies yet. */
export function newProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kmq-project-'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'a-project', private: true, type: 'module' }));
  return folder;
}

/** Packs a package like a published one, without the build before it: the tests run after a build. */
export function pack(packageFolder: string, into: string): Packed {
  const npm = ['pack', '--json', '--ignore-scripts', '--pack-destination', into];
  const answer = JSON.parse(execFileSync('npm', npm, { cwd: packageFolder, encoding: 'utf8' })) as unknown;
  // npm 11 returns a list, later versions an object by name.
  const [packed] = Object.values(answer as object) as {
    filename: string;
    unpackedSize: number;
    files: { path: string }[];
  }[];
  const { filename, unpackedSize, files } = packed!;
  return { tarball: join(into, filename), files: files.map(({ path }) => path).sort(), unpackedSize };
}

/** The packages in a project's node_modules, and their size in bytes. */
export function installed(project: string): { packages: number; bytes: number; files: string[] } {
  const found = { packages: 0, bytes: 0, files: [] as string[] };
  const root = join(project, 'node_modules');
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found.files.push(path);
    found.bytes += lstatSync(path).size;
    if (/node_modules\/(@[^/]+\/)?[^/@]+\/package\.json$/.test(path)) found.packages += 1;
  }
  return found;
}

export function remove(...folders: string[]): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
