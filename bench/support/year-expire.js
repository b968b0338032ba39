// Removes what a site of a filled store has from before a time: node year-expire.js FOLDER KEY BEFORE
// It says how many hits that were, and how many seconds it has taken.
import { performance } from 'node:perf_hooks';
import { EmbeddedStore } from '../../server/lib/collector/store/embedded/store.js';

const [folder, key, before] = process.argv.slice(2);
const store = new EmbeddedStore({ folder, counting: () => 'auto', onError: console.error, onNotice: console.error });
const began = performance.now();
const hits = await store.expire(key, Number(before));
console.log(JSON.stringify({ hits, seconds: (performance.now() - began) / 1000 }));
await store.close();
