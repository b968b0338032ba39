// Removes the hits of a site that happened before a time from a filled store: node year-expire.js FOLDER KEY BEFORE
// It prints how many hits were removed, and how many seconds that took.
import { performance } from 'node:perf_hooks';
import { EmbeddedStore } from '../../server/lib/collector/store/embedded/store.js';

const [folder, key, before] = process.argv.slice(2);
const store = new EmbeddedStore({ folder, counting: () => 'auto', onError: console.error, onNotice: console.error });
const began = performance.now();
const hits = await store.expire(key, Number(before));
console.log(JSON.stringify({ hits, seconds: (performance.now() - began) / 1000 }));
await store.close();
