// How soon a normal client is answered while hostile senders are connected. Each kind of sender of test/support/hostile.ts keeps
// its connections busy. Meanwhile one client sends a hit in a URL, a hit in a form and a batch of 20 hits, one after the other. All must
// be answered with 200. A batch of 100 KB is timed separately, since large requests may have to wait.
//
//   npm run bench -- hostile [seconds for each kind] [a part of the names of kinds]

import { beHostile, HOSTILE } from '../test/support/hostile.ts';
import { pause } from './support/figures.js';
import { startCollector } from './support/processes.js';

const seconds = Number(process.argv[2] ?? 3);
const wanted = process.argv[3] ?? '';
const PATIENCE_MS = 15_000;

const hit = '/e?_k=site&_p=ann&_n=x';
const batch = (length) => Array.from({ length: 20 }, () => `${hit}&v=`.padEnd(length, 'x')).join('\n');
const small = [[hit], [hit, 'v=1'], ['/b', batch(100)]];
const large = ['/b', batch(5000)];

console.log(`Node ${process.version}; ${seconds} s for each kind, milliseconds\n`);
console.log(
  '| hostile senders (how many) | small requests | median | p99 | longest | 100 KB: median | longest | not 200 |',
);
console.log('|---|--:|--:|--:|--:|--:|--:|--:|');
for (const kind of ['none', ...Object.keys(HOSTILE)].filter((name) => name.includes(wanted))) {
  const { origin, stop } = await startCollector();
  const hostile = kind === 'none' ? undefined : beHostile(Number(new URL(origin).port), kind);
  await pause(1000);
  const [times, largeTimes] = [[], []];
  let not200 = 0;
  const send = async ([address, body], into) => {
    const began = performance.now();
    const init = { method: body ? 'POST' : 'GET', body, signal: globalThis.AbortSignal.timeout(PATIENCE_MS) };
    const answer = await fetch(origin + address, init).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.status !== 200) not200 += 1;
    into.push(performance.now() - began);
  };
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    for (let round = 0; round < 10; round++) for (const request of small) await send(request, times);
    await send(large, largeTimes);
  }
  const number = kind === 'none' ? '' : ` (${HOSTILE[kind].connections})`;
  const figures = [at(times, 0.5), at(times, 0.99), at(times, 1), at(largeTimes, 0.5), at(largeTimes, 1)];
  console.log(`| ${kind}${number} | ${times.length} | ${figures.join(' | ')} | ${not200} |`);
  hostile?.stop();
  await stop();
}
process.exit(0);

function at(times, share) {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.min(Math.ceil(sorted.length * share), sorted.length) - 1].toFixed(1);
}
