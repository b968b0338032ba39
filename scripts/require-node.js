// The scripts of package.json run on the Node that npm's package `node` has put into node_modules/.bin. Where its install
// script did not run, they run on whatever Node is there: this one says so before anything fails in a stranger way.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
const fail = (sentence) => {
  console.error(`kmq: ${sentence}`);
  process.exit(1);
};

if (major < 22 || (major === 22 && minor < 16)) {
  fail(
    `this is Node ${process.versions.node}, and kmq needs 22.16 or newer: run “npm ci” without --ignore-scripts, which brings one.`,
  );
}
if (!existsSync(new URL('../server/lib/cli.js', import.meta.url))) fail('it is not built yet: run “npm run build”.');
