// The size of each table and each index of a store: node year-disk.js FILE
// It reads the whole file (https://www.sqlite.org/dbstat.html).
import { openDatabase } from '../../server/lib/collector/store/sqlite/database.js';

const db = openDatabase(process.argv[2]);
const tables = db.prepare('SELECT name, pgsize AS bytes FROM dbstat WHERE aggregate = TRUE ORDER BY pgsize DESC').all();
db.close();
console.log(JSON.stringify(tables));
