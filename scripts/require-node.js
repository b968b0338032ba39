// The scripts of package.json run on the Node that npm's package `node` has put into node_modules/.bin. Where its install
// script did not run, they run on whatever Node is there: this one says so before anything fails in a stranger way.
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 16)) {
  console.error(
    `kmq: this is Node ${process.versions.node}, and kmq needs 22.16 or newer. Run “npm ci” without --ignore-scripts, ` +
      'which installs a newer Node for this project, or install one yourself.',
  );
  process.exit(1);
}
