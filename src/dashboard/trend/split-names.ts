/** Names of values as plain text. No two values get the same name, whatever texts visitors send. */

const NOT_SET = '(not set)';
export const OTHERS = 'Others';

/** The most characters of a value in a legend. */
const MOST = 40;

/** @param values null: people without one; undefined: all others together */
export function plainNames(values: readonly (string | null | undefined)[]): string[] {
  const taken = new Set<string>();
  return values.map((value) => {
    const name = nameOf(value);
    let own = name;
    for (let count = 2; taken.has(own); count++) own = `${name} (${count})`;
    taken.add(own);
    return own;
  });
}

function nameOf(value: string | null | undefined): string {
  if (value === null) return NOT_SET;
  if (value === undefined) return OTHERS;
  if (value === '') return '(empty)';
  // In quotes, if a value of the site equals one of the names above.
  if ([NOT_SET, OTHERS, '(empty)'].includes(value)) return `“${value}”`;
  const characters = [...value];
  return characters.length > MOST ? `${characters.slice(0, MOST - 1).join('')}…` : value;
}
