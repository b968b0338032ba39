import { DuckDBScalarFunction, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { foldText } from '../../../protocol/fold.js';
import { FOLD_TEXT, LOWER_TEXT } from '../dialects.js';

/**
 * Makes known what DuckDB does not have: its own functions map letter by letter. All connections of the instance have them, and
 * no file does.
 */
export function addFunctions(connection: DuckDBConnection): void {
  connection.registerScalarFunction(ofText(FOLD_TEXT, foldText));
  connection.registerScalarFunction(ofText(LOWER_TEXT, (text) => text.toLowerCase()));
}

function ofText(name: string, apply: (text: string) => string): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name,
    parameterTypes: [VARCHAR],
    returnType: VARCHAR,
    mainFunction: (_info, input, output) => {
      const texts = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row++) {
        const text = texts.getItem(row) as string | null;
        output.setItem(row, text === null ? null : apply(text));
      }
      output.flush();
    },
  });
}
