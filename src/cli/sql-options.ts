/** The flags of `kmq sql`, without those of the store. */
export interface SqlOptions extends Record<string, unknown> {
  key: string;
  json?: true;
  csv?: true;
  out?: string;
}
