import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeSettings } from '../../src/cli/check.js';
import { resolve, resolveCollector } from '../../src/cli/resolve.js';
import { defaultOf, flagOf, SETTINGS, variableOf } from '../../src/cli/settings.js';
import { isReachable, keptToken } from '../../src/cli/token.js';
import { isLoopback } from '../../src/collector/access/client.js';
import { temporaryFolder } from '../support/collector.js';

async function fileOf(text: string, name = 'kmq.config.json'): Promise<string> {
  const file = join(await temporaryFolder(), name);
  await writeFile(file, text);
  return file;
}

describe('the settings of the process', () => {
  test('a flag overrides a variable, a variable the file, and the file the default', async () => {
    const config = await fileOf('{ "server": { "port": 1, "host": "file.test", "data": "file" } }');
    const { settings, sources } = resolve(
      { config, port: '3' },
      { KMQ_PORT: '2', KMQ_HOST: 'variable.test', KMQ_TOKEN: '' },
    );
    expect(settings).toMatchObject({ port: 3, host: 'variable.test', data: 'file', durability: 'full' });
    expect(sources).toMatchObject({ port: 'flag', host: 'variable', data: 'file', durability: 'default' });
    expect(settings.token).toBeUndefined();
  });

  test('every kind of value is read from text and from the file', async () => {
    const texts = {
      KMQ_TRUST_PROXY: 'loopback, 10.0.0.0/8',
      KMQ_DEMO: '1',
      KMQ_KEY_RATE: '0.5',
      KMQ_STORE: 'clickhouse://u:p@a:8123,b:8123/kmq?cluster=c',
    };
    expect(resolve({}, texts).settings).toMatchObject({
      trustProxy: ['loopback', '10.0.0.0/8'],
      demo: true,
      keyRate: 0.5,
      store: texts.KMQ_STORE,
    });
    const config = await fileOf(
      '{ "server": { "trustProxy": ["::1"], "demo": true, "addressRate": 0, "key": ["a,b"] } }',
    );
    expect(resolve({ config }, {}).settings).toMatchObject({
      trustProxy: ['::1'],
      demo: true,
      addressRate: 0,
      key: ['a,b'],
    });
  });

  test.each([
    ['/stats', '/stats'],
    ['/stats/', '/stats'],
    ['/~ann/kmq-1.0_x/', '/~ann/kmq-1.0_x'],
    ['/..stats', '/..stats'],
    ['/', ''],
  ])('the path %j is %j', async (given, held) => {
    expect(resolve({ basePath: given }, {}).settings.basePath).toBe(held);
    const config = await fileOf(JSON.stringify({ server: { basePath: given } }));
    expect(resolve({ config }, {}).settings.basePath).toBe(held);
  });

  test.each([
    [{ port: '65536' }, {}, '--port: must be a whole number from 0 to 65535'],
    [{ port: '' }, {}, '--port: must be a whole number from 0 to 65535'],
    [{}, { KMQ_PORT: 'tcp://10.0.0.1:8484' }, 'KMQ_PORT: must be a whole number from 0 to 65535'],
    [{}, { KMQ_DEMO: 'constructor' }, 'KMQ_DEMO: must be true or false'],
    [
      { trustProxy: ['10.0.0.0/99'] },
      {},
      '--trust-proxy: must be an IP address, a range such as 10.0.0.0/8, loopback, or uniquelocal',
    ],
    [{ store: 'mysql://h/d' }, {}, '--store: must be a URL such as clickhouse://'],
    [{ store: 'clickhouse://u:p@a,b/kmq' }, {}, '--store: Several nodes of ClickHouse need the name of their cluster'],
    [{}, { KMQ_STORE: 'clickhouse://u:p@a/kmq?tsl=1' }, "KMQ_STORE: The store's URL contains “tsl”"],
    [{ logLevel: 'loud' }, { KMQ_PROCESSES: '1.5' }, /^KMQ_PROCESSES: .*\n--log-level: must be one of/],
    [{ basePath: 'stats' }, {}, '--base-path: must be a path such as /stats'],
    [{ basePath: '//stats' }, {}, '--base-path: must be a path such as /stats'],
    [{ basePath: '/a b' }, {}, '--base-path: must be a path such as /stats'],
    [{}, { KMQ_BASE_PATH: 'https://example.com/stats' }, 'KMQ_BASE_PATH: must be a path such as /stats'],
    [{ basePath: '/stats/../e' }, {}, '--base-path: must not contain . or .. as a part'],
    [{ basePath: '/stats/.' }, {}, '--base-path: must not contain . or .. as a part'],
    [{ basePath: '/api' }, {}, '--base-path: must not be a path that the collector uses itself'],
    [{ basePath: '/demo/kmq' }, {}, '--base-path: must not be a path that the collector uses itself'],
    [{ key: ['shop', 'kmq'] }, {}, '--key: cannot be a key: /kmq.js is the tracker without a key'],
    [{}, { KMQ_KEY: 'shop, i' }, 'KMQ_KEY: cannot be a key: /i.js is a script of the snippet of KISSmetrics'],
    [{ key: ['shop.1'] }, {}, '--key: cannot be a key: /shop.1.js is the tracker of the site “shop”'],
    [{ key: ['x'.repeat(256)] }, {}, '--key: cannot be a key: it is longer than 255 characters'],
    [{ token: 'short' }, {}, '--token: must be 16 or more'],
    [{ token: 'with a space in the middle' }, {}, '--token: must be 16 or more'],
    [{ tlsCert: 'cert.pem' }, {}, '--tls-cert: needs --tls-key as well'],
    [
      { httpPort: '80' },
      {},
      '--http-port: needs --tls-cert and --tls-key. Without these two, --port accepts hits without TLS already',
    ],
    [{ tlsCert: 'c', tlsKey: 'k', httpPort: '8484' }, {}, '--http-port: is the same as --port'],
    [{}, { KMQ_HTTP_PORT: '-1' }, 'KMQ_HTTP_PORT: must be a whole number from 0 to 65535'],
    [{ tokenFile: '/nowhere/token' }, {}, '/nowhere/token: ENOENT'],
    [{ token: 'long-enough-for-all', tokenFile: '/nowhere/token' }, {}, 'give one of them'],
  ])('%j %j: the message names the setting and the reason', (flags, environment, message) => {
    expect(() => resolve(flags, environment)).toThrow(message);
  });

  test('several processes and ClickHouse are refused for a collector, and not for a command that reads its settings', () => {
    const environment = { KMQ_PROCESSES: '4', KMQ_STORE: 'clickhouse://a/kmq' };
    expect(() => resolveCollector({}, environment)).toThrow('--processes: a collector with --store has one process');
    expect(resolve({}, environment).settings.processes).toBe(4);
    expect(resolveCollector({ processes: '1' }, environment).settings.processes).toBe(1);
  });

  test.each([
    ['[::1]', '::1'],
    ['[::]', '::'],
    ['[fe80::1%eth0]', 'fe80::1%eth0'],
    ['::1', '::1'],
    ['localhost', 'localhost'],
    ['[host]', '[host]'],
    ['[127.0.0.1]', '[127.0.0.1]'],
  ])('the host %s is %s', async (given, expected) => {
    expect(resolve({ host: given }, {}).settings.host).toBe(expected);
    const config = await fileOf(JSON.stringify({ server: { host: given } }));
    expect(resolve({ config }, {}).settings.host).toBe(expected);
    expect(resolve({ config, tlsCert: 'c', tlsKey: 'k' }, { KMQ_HTTP_PORT: '80' }).settings.httpPort).toBe(80);
  });

  test.each([
    ['{ "sites": {},\n "server": {\n "port": "8484" } }', 3, /server\.port: must be a whole number/],
    ['{ "server": { "key": [\n "shop",\n "kmq"] } }', 3, /server\.key\.1: cannot be a key: \/kmq\.js is the tracker/],
    ['{ "server": {\n "prot": 1 } }', 2, /prot is not a setting of server/],
    ['{ "server": {\n "config": "b.json" } }', 2, /config is not a setting of server/],
    [
      '{ "server": { "trustProxy": [\n "loopback",\n "proxy.test"] } }',
      3,
      /server\.trustProxy\.1: must be an IP address/,
    ],
  ])('%j: the message names the line', async (text, line, message) => {
    const config = await fileOf(text);
    expect(() => resolve({ config }, {})).toThrow(message);
    expect(() => resolve({ config }, {})).toThrow(`${config}:${line}: `);
  });

  test('a token that is refused is not repeated in the message', () => {
    expect(() => resolve({}, { KMQ_TOKEN: 'a secret' })).toThrow(/^(?!.*a secret)/s);
  });

  test('a token is read from a file, and a token from a higher source overrides it', async () => {
    const tokenFile = await fileOf('from-the-token-file\n', 'token');
    expect(resolve({ tokenFile }, { KMQ_TOKEN: 'from-a-variable-1' }).settings.token).toBe('from-the-token-file');
    expect(resolve({ token: 'from-a-flag-of-mine' }, { KMQ_TOKEN_FILE: tokenFile }).settings.token).toBe(
      'from-a-flag-of-mine',
    );
  });

  test('a check masks secrets, and names variables that belong to no setting', async () => {
    const text = describeSettings(
      resolve(
        { token: 'very-secret-indeed' },
        { KMQ_STORE: 'clickhouse://u:pass@word@h:8123/d', KMQ_TOKN: 'x', HOME: '/' },
      ),
    );
    expect(text).not.toMatch(/very-secret-indeed|pass|word/);
    expect(text).toMatch(/^token +\*{4} +flag$/m);
    expect(text).toMatch(/^store +clickhouse:\/\/\*{4}@h:8123\/d +variable$/m);
    expect(text).toMatch(/^KMQ_TOKN /m);
    expect(text).not.toContain('HOME');
  });

  test('a check masks a token as a whole, also one that looks like a URL', () => {
    const text = describeSettings(resolve({ token: 'secret://of-an-owner' }, {}));
    expect(text).toMatch(/^token +\*{4} +flag$/m);
  });

  test('a check says that a file in the working directory was found by its default name', async () => {
    const file = await fileOf('{ "server": { "port": 1 } }');
    const kmq = join(process.cwd(), 'server/bin/kmq.js');
    const options = { cwd: dirname(file), encoding: 'utf8' } as const;
    const text = execFileSync(process.execPath, [kmq, 'serve', '--check'], options);
    expect(text).toMatch(/^port +1 +file$/m);
    expect(text).toMatch(/^config +"kmq.config.json" +default$/m);
  });

  test('a link in the working directory whose file is missing is an error, and not a missing file of settings', async () => {
    const folder = await temporaryFolder();
    await symlink(join(folder, 'gone.json'), join(folder, 'kmq.config.json'));
    const kmq = join(process.cwd(), 'server/bin/kmq.js');
    const checked = spawnSync(process.execPath, [kmq, 'serve', '--check'], { cwd: folder, encoding: 'utf8' });
    expect([checked.status, checked.stderr]).toEqual([1, expect.stringContaining('kmq.config.json: ENOENT')]);
  });

  test('docs/running.md has every setting, with the text of the help', async () => {
    const rows = SETTINGS.map((setting) => {
      const flag = 'takes' in setting ? `${flagOf(setting)} ${setting.takes}` : flagOf(setting);
      const member = setting.inFile ? `\`${setting.name}\`` : '';
      return `| \`${flag}\` | \`${variableOf(setting)}\` | ${member} | ${defaultOf(setting)} | ${setting.help} |`;
    });
    const page = await readFile('docs/running.md', 'utf8');
    // First only the missing lines: the next failure would print the whole document.
    expect(rows.filter((row) => !page.includes(row))).toEqual([]);
    expect(page).toContain(['|---|---|---|---|---|', ...rows, ''].join('\n'));
    const help = execFileSync(process.execPath, ['server/bin/kmq.js', 'serve', '--help'], { encoding: 'utf8' });
    for (const setting of SETTINGS) expect(help).toContain(`  ${flagOf(setting)} `);
  });
});

describe('the token of an owner who has set none', () => {
  test('is made once, and only the owner of the data folder can read it', async () => {
    const folder = join(await temporaryFolder(), 'new');
    const first = keptToken(folder);
    expect(first).toMatchObject({ made: true, file: join(folder, 'token') });
    expect(first.token).toMatch(/^[\w-]{32}$/);
    expect((await stat(first.file)).mode & 0o777).toBe(0o600);
    expect(keptToken(folder)).toEqual({ ...first, made: false });
  });

  test('an empty token file is an error, and not a token', async () => {
    const file = await fileOf('\n', 'token');
    await chmod(file, 0o600);
    expect(() => keptToken(join(file, '..'))).toThrow(/token: contains no token/);
  });

  test.each([
    ['127.0.0.1', [], false],
    ['127.1.2.3', [], false],
    ['::1', [], false],
    ['localhost', [], false],
    ['127.0.0.1', ['loopback'], true],
    ['0.0.0.0', [], true],
    ['::', [], true],
    ['127.evil.test', [], true],
    ['10.0.0.1', [], true],
  ])('%s, proxies %j: reachable %s', (host, trustProxy, reachable) => {
    expect(isReachable({ host, trustProxy })).toBe(reachable);
    expect(isLoopback('::ffff:127.0.0.1')).toBe(true);
  });
});
