// The scripts of package.json run with the Node in node_modules/.bin, from npm's package `node`. If that or the packages for
// the build are not installed, this says so before an error occurs that is harder to understand.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);

function fail(fault, remedy) {
  console.error(`kmq: ${fault}. ${remedy}`);
  process.exit(1);
}

if (!existsSync(new URL('../node_modules/rollup', import.meta.url))) {
  fail('what builds kmq is not installed', 'Run “npm ci” without --omit=dev, and without NODE_ENV=production.');
}
if (major < 22 || (major === 22 && minor < 16)) {
  fail(
    `this is Node ${process.versions.node}, and kmq needs 22.16 or newer`,
    'Run “npm ci” without --ignore-scripts, which installs a newer Node for this project, or install one yourself.',
  );
}
