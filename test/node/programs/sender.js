// An application that records numbered hits. Its argument, as JSON, is the task of the test. It prints the number of each call
// that has returned.
import { writeSync } from 'node:fs';
import { setInterval } from 'node:timers';
import { setTimeout } from 'node:timers/promises';
import { createClient } from 'kmq/node';

const { options, prefix = 'hit ', from = 0, count = Infinity, pause = 0, then } = JSON.parse(process.argv[2]);
const client = createClient({ key: 'site', ...options });
for (let n = from; n < from + count; n++) {
  client.record(n % 500, prefix + n);
  writeSync(1, `${n}\n`);
  // A few at a time, like requests that arrive at a server.
  if (pause && n % 5 === 4) await setTimeout(pause);
}
if (then === 'exit') process.exit();
if (then === 'stay') setInterval(() => {}, 1000);
if (then === 'close') writeSync(1, `closed ${await client.close()}\n`);
