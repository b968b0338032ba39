import { readFileSync } from 'node:fs';

/** The tracker of this repository, described as its peers are in peers.js. */
export const kmq = {
  name: 'kmq',
  version: JSON.parse(readFileSync('package.json', 'utf8')).version,
  file: 'dist/kmq.js',
  before: (origin) => `_kmk = 'key'; KM_COLLECTOR = '${origin}'`,
  init: () => '',
  record: `_kmq.push(['record', 'Signed Up', { plan: 'Pro' }])`,
};
