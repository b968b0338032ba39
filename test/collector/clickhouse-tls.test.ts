import { readFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { Nodes } from '../../src/collector/store/clickhouse/nodes.js';
import { certify } from '../support/certificate.js';
import { clickHouseOfTest, findClickHouse } from '../support/clickhouse.js';
import { temporaryFolder } from '../support/collector.js';
import { run } from '../support/transfer.js';

const PASSWORD = 'p@ss:/?#% "ü';

test.skipIf(!findClickHouse())('ClickHouse may have TLS with a certificate of a private authority', async () => {
  const server = await clickHouseOfTest({ password: PASSWORD });
  const { cert, key } = certify(await temporaryFolder(), 'localhost');
  const front = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (client) => {
    const passed = connect(server.port, '127.0.0.1');
    client.pipe(passed).pipe(client);
    for (const one of [client, passed]) one.on('error', () => void [client, passed].map((both) => both.destroy()));
  }).listen(0, '127.0.0.1');
  await new Promise((done) => front.once('listening', done));
  onTestFinished(() => void front.close());
  const { port } = front.address() as AddressInfo;
  const url = `clickhouse://default:${encodeURIComponent(PASSWORD)}@localhost:${port}/secure?tls=1`;
  const nodes = new Nodes(parseAddress(url));
  onTestFinished(() => nodes.close());
  await expect(nodes.rows('SELECT 1 AS one')).rejects.toThrow(
    /^The certificate of ClickHouse at https:\/\/localhost:\d+ is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)\. .*NODE_EXTRA_CA_CERTS=FILE/,
  );
  const env = { NODE_EXTRA_CA_CERTS: cert };
  const rest =
    '"time":1600000000,"sent":null,"received":1600000000,"agent":"server","id":null,"properties":[],"warnings":[]';
  const hit = `{"kmq":"export","version":1}\n{"key":"site","person":"bob","kind":"event","name":"x",${rest}}\n`;
  const args = ['--data', await temporaryFolder(), '--store', url];
  expect(await run(['import', ...args], hit, env)).toMatchObject({ code: 0 });
  const { code, out } = await run(['export', ...args, '--key', 'site'], '', env);
  expect([code, out]).toEqual([0, expect.stringContaining('"person":"bob"')]);
});
