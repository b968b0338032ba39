import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import { rollup } from 'rollup';
import { temporaryFolder } from './processes.js';

const FOLDER = 'bench/peers';
const LOCK = `${FOLDER}/package-lock.json`;
/** The lock file with which the peers were installed. */
const INSTALLED = `${FOLDER}/node_modules/.installed.json`;

/**
 * How each tracker is added to a page by a script tag, as its documentation says for that file. Its automatic tracking
 * has the default settings.
 * - `file`: the file that the package publishes for a script tag. If it is absent, the package's module is bundled
 * - `before`: JavaScript before the script tag, for a file that expects the tracker's snippet there
 * - `init`: returns the JavaScript after the script tag. It gets the URL of the server
 * - `record`: JavaScript that records 'Signed Up' with `{ plan: 'Pro' }`
 * - `answers`: returns answers of the server without which the tracker does not start, by path
 */
const PEERS = {
  'posthog-js': {
    file: 'dist/array.js',
    // By default PostHog sends at most a hundred events at once, and then ten a second. A benchmark records more.
    init: (origin) =>
      `posthog.init('key', { api_host: '${origin}', rate_limiting: { events_per_second: 1e4, events_burst_limit: 1e5 } })`,
    record: `posthog.capture('Signed Up', { plan: 'Pro' })`,
  },
  'mixpanel-browser': {
    file: 'dist/mixpanel.min.js',
    before: () => `mixpanel = []; mixpanel.__SV = 1.2; mixpanel._i = []`,
    init: (origin) => `mixpanel.init('key', { api_host: '${origin}' })`,
    answers: () => ({ '/track/': { status: 1, error: null } }),
    record: `mixpanel.track('Signed Up', { plan: 'Pro' })`,
  },
  '@amplitude/analytics-browser': {
    file: 'lib/scripts/amplitude-min.js',
    init: (origin) =>
      `amplitude.init('key', { serverUrl: '${origin}/2/httpapi', remoteConfig: { serverUrl: '${origin}/config' } })`,
    answers: () => ({ '/2/httpapi': { code: 200 } }),
    record: `amplitude.track('Signed Up', { plan: 'Pro' })`,
  },
  '@segment/analytics-next': {
    file: 'dist/umd/standalone.js',
    // Segment's snippet makes many methods that wait for the library. Only `track` is used here.
    before: (origin) =>
      `analytics = [['page']]; analytics.track = (...parameters) => analytics.push(['track', ...parameters]); ` +
      `analytics._writeKey = 'key'; analytics._cdn = '${origin}'`,
    init: () => '',
    record: `analytics.track('Signed Up', { plan: 'Pro' })`,
    answers: (origin) => ({
      '/v1/projects/key/settings': {
        integrations: { 'Segment.io': { apiKey: 'key', protocol: 'http', apiHost: `${new URL(origin).host}/v1` } },
      },
    }),
  },
  '@snowplow/browser-tracker': {
    file: 'dist/index.umd.min.js',
    // Self-describing events need a schema on a server. Structured events do not, and have names and values as well.
    init: (origin) => `snowplowBrowserTracking.newTracker('sp', '${origin}'); snowplowBrowserTracking.trackPageView()`,
    record: `snowplowBrowserTracking.trackStructEvent({ category: 'account', action: 'Signed Up', label: 'plan', property: 'Pro' })`,
  },
  'countly-sdk-web': {
    file: 'lib/countly.min.js',
    init: (origin) =>
      `Countly.init({ app_key: 'key', url: '${origin}' }); Countly.track_sessions(); Countly.track_pageview()`,
    answers: () => ({ '/i': { result: 'Success' } }),
    record: `Countly.add_event({ key: 'Signed Up', segmentation: { plan: 'Pro' } })`,
  },
  '@plausible-analytics/tracker': {
    init: (origin) =>
      `plausible.init({ domain: 'example.com', endpoint: '${origin}/api/event', captureOnLocalhost: true })`,
    record: `plausible('Signed Up', { props: { plan: 'Pro' } })`,
  },
};

/**
 * Installs other trackers' packages into a separate folder, so that none of them is a dependency of kmq, and without their install
 * scripts.
 * @returns that folder
 */
export function installPackages() {
  if (!existsSync(INSTALLED) || readFileSync(INSTALLED, 'utf8') !== readFileSync(LOCK, 'utf8')) {
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', ['ci', '--prefix', FOLDER, ...options], { stdio: ['ignore', 'ignore', 'inherit'] });
    copyFileSync(LOCK, INSTALLED);
  }
  return FOLDER;
}

/** Trackers for browsers, exactly as published. */
export async function installPeers() {
  installPackages();
  return Promise.all(
    Object.entries(PEERS).map(async ([name, peer]) => {
      const folder = join(FOLDER, 'node_modules', name);
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = peer.file ? join(folder, peer.file) : await bundle(name, folder);
      return { ...peer, name, version, file };
    }),
  );
}

/** Plausible publishes only a module. This makes a script of it that defines `plausible` with the module's exports. */
async function bundle(name, folder) {
  const file = join(temporaryFolder(), 'plausible.js');
  const { module, main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const built = await rollup({ input: join(folder, module ?? main), plugins: [nodeResolve({ browser: true })] });
  await built.write({ file, format: 'iife', name: 'plausible', plugins: [terser()] });
  await built.close();
  return file;
}
