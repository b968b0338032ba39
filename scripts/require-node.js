// The scripts of package.json run on the Node that npm's package `node` has put into node_modules/.bin. Where its install
// script did not run, they run on whatever Node is there: this one says so before anything fails in a stranger way.
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 16)) {
  console.error(
    `kmq: this is Node ${process.versions.node}, and 22.16 is the oldest that works: ` +
      'run “npm ci” without --ignore-scripts, which brings a newer one, or install one.',
  );
  process.exit(1);
}
