import type { DuckDBConnection } from '@duckdb/node-api';
import { KeptSets } from '../kept-sets.js';
import { runQuery } from './values.js';

/** Sets of people in temporary tables of DuckDB, which are dropped with the connection. */
export class KeptPeople extends KeptSets {
  constructor(connection: DuckDBConnection) {
    super((statement) => runQuery(connection, statement), 'temp.');
  }
}
