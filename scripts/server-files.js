// Copies the files that kmq-server shares with the repository: npm packs no files from outside a package's folder, and follows no
// links.
import { cpSync, rmSync } from 'node:fs';

const SHARED = ['dist', 'demo', 'deploy', 'LICENSE', 'CHANGELOG.md'];
const repository = new URL('../', import.meta.url);

for (const name of SHARED) {
  const copy = new URL(`server/${name}`, repository);
  rmSync(copy, { recursive: true, force: true });
  if (process.argv[2] === 'add') cpSync(new URL(name, repository), copy, { recursive: true });
}
