// npm run docs:pictures [NAME…]: takes the screenshots in docs/images/ again: every page with the demo's visitors, light and
// dark, wide and narrow. Clock, time zone, language and visitors are always the same, so that a picture changes only when its page
// does. With names, takes only pictures whose names begin with one of them.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCamera } from './pictures/camera.js';
import { makeDemoData, startCollector } from './pictures/collectors.js';
import { pages } from './pictures/pages.js';

const IMAGES = fileURLToPath(new URL('../docs/images/', import.meta.url));
const WIDTHS = [1280, 375];
const SCHEMES = ['light', 'dark'];
const TOKEN = 'only-for-the-picture-of-the-page';

const names = process.argv.slice(2);
const isWanted = (file) => !names.length || names.some((name) => file.startsWith(name));

const folder = mkdtempSync(join(tmpdir(), 'kmq-pictures-'));
const data = (name) => join(folder, name);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

mkdirSync(IMAGES, { recursive: true });
await makeDemoData(data('demo'));
const collectors = {
  demo: await startCollector(data('demo'), '--demo'),
  locked: await startCollector(data('locked'), '--token', TOKEN),
};
const camera = await openCamera();
let bytes = 0;
const taken = new Set();
for (const page of await pages(collectors.demo.origin)) {
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      const file = `${page.name}-${width}-${scheme}.webp`;
      taken.add(file);
      if (!isWanted(file)) continue;
      const picture = await camera.take(collectors[page.collector ?? 'demo'].origin, page, { width, scheme });
      writeFileSync(join(IMAGES, file), picture);
      bytes += picture.length;
      console.log(`${file}  ${(picture.length / 1024).toFixed(0)} KiB`);
    }
  }
}
// Pictures of pages that no longer exist.
for (const file of readdirSync(IMAGES)) if (!taken.has(file)) rmSync(join(IMAGES, file));
console.log(`${(bytes / 2 ** 20).toFixed(1)} MiB`);
await camera.close();
await Promise.all(Object.values(collectors).map(({ stop }) => stop()));
