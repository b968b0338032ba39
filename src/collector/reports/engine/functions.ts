import { DuckDBScalarFunction, INTEGER, VARCHAR, type DuckDBConnection, type DuckDBType } from '@duckdb/node-api';
import { foldText } from '../../../protocol/fold.js';
import { FOLD_TEXT, LOWER_TEXT } from './dialect.js';
import './text-decoder.js';

/** A SQL function for the name of a property by its code, while a snapshot is written. */
export const PROPERTY_NAME = 'kmq_property_name';

/**
 * Adds functions to DuckDB, whose own functions map letter by letter. They exist in all connections of the instance, and are not
 * stored in the file.
 */
export function addFunctions(connection: DuckDBConnection, propertyName: (code: number) => string = () => ''): void {
  connection.registerScalarFunction(ofText(FOLD_TEXT, foldText));
  connection.registerScalarFunction(ofText(LOWER_TEXT, (text) => text.toLowerCase()));
  connection.registerScalarFunction(toText(PROPERTY_NAME, INTEGER, propertyName));
}

function ofText(name: string, apply: (text: string) => string): DuckDBScalarFunction {
  return toText(name, VARCHAR, apply);
}

function toText<T>(name: string, type: DuckDBType, apply: (value: T) => string): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name,
    parameterTypes: [type],
    returnType: VARCHAR,
    mainFunction: (_info, input, output) => {
      const values = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row++) {
        const value = values.getItem(row) as T | null;
        output.setItem(row, value === null ? null : apply(value));
      }
      output.flush();
    },
  });
}
