// What kmq-server shares with the repository: npm packs no file from above a package's own folder, and follows no link.
import { cpSync, rmSync } from 'node:fs';

const SHARED = ['dist', 'demo', 'deploy', 'LICENSE', 'CHANGELOG.md'];
const repository = new URL('../', import.meta.url);

for (const name of SHARED) {
  const copy = new URL(`server/${name}`, repository);
  rmSync(copy, { recursive: true, force: true });
  if (process.argv[2] === 'add') cpSync(new URL(name, repository), copy, { recursive: true });
}
