/** Names of values where there is only plain text: of two values none have the same, whatever visitors have chosen. */

export const NOT_SET = '(not set)';
export const OTHERS = 'Others';

/** So many characters of a value are in a legend. */
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
  // What reads like one of those above is a text of the site's all the same.
  if ([NOT_SET, OTHERS, '(empty)'].includes(value)) return `“${value}”`;
  const characters = [...value];
  return characters.length > MOST ? `${characters.slice(0, MOST - 1).join('')}…` : value;
}
