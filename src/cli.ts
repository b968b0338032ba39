import process from 'node:process';

// Before anything is loaded whose syntax an older Node does not know.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 16)) {
  console.error(`kmq: this is Node ${process.versions.node}; kmq needs 22.16 or newer.`);
  process.exit(1);
}
const { run } = await import('./cli/program.js');
await run();
