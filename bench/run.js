// npm run bench -- NAME [arguments]: builds, and runs bench/NAME.js on the Node that the project pins.

import { readdirSync } from 'node:fs';

const [name] = process.argv.splice(2, 1);
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.js') && file !== 'run.js')
  .map((file) => file.slice(0, -3));

if (names.includes(name)) await import(`./${name}.js`);
else {
  console.error(`Usage: npm run bench -- NAME [arguments]. NAME is one of ${names.join(', ')}.`);
  process.exit(1);
}
