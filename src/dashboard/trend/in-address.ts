import type { Chosen } from './question.js';

/** The parameters of the address for parts of the question; null for the default. */
export function inAddress(changes: { [Name in keyof Chosen]?: Chosen[Name] | undefined }): Record<
  string,
  string | null
> {
  const { event, where, count, property, by } = changes;
  return {
    ...(event !== undefined && { event }),
    ...(where && { where: where.length ? JSON.stringify(where) : null }),
    ...(count && { count: count === 'people' ? null : count }),
    ...(property !== undefined && { of: property || null }),
    ...(by && { by: by === 'day' ? null : by }),
    ...('split' in changes && { split: changes.split ? JSON.stringify(changes.split) : null }),
  };
}
