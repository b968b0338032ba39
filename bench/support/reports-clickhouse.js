// ClickHouse in a process of its own: it is told statements, and answers with how long each took and what it said.
//   node reports-clickhouse.js CHDB-FOLDER DATA-FOLDER
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [installed, data] = process.argv.slice(2);
const { Session } = createRequire(join(installed, 'package.json'))('chdb');
const session = new Session(data);

process.on('message', ({ id, statement }) => {
  const began = performance.now();
  try {
    const answer = session.query(statement, 'JSONCompactEachRow');
    process.send({ id, milliseconds: performance.now() - began, answer: String(answer) });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send({ id: 0 });
