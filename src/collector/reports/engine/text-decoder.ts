import accessors from '@duckdb/node-api/lib/vectors/dataAccessors.js';

/**
 * Import this before DuckDB is used. DuckDB's client decodes each text as if the text were a file: it leaves out U+FEFF, the byte order mark
 * of files, at the beginning. Then a value from a file that somebody has imported looks like the same value without U+FEFF, and a click on it
 * finds other people. The client has no option for that, but all of it uses one decoder
 * (https://github.com/duckdb/duckdb-node-neo/blob/main/api/src/vectors/dataAccessors.ts), which is replaced here.
 */
(accessors as { textDecoder: TextDecoder }).textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
