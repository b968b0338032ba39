import type { Chosen } from './question.js';

/** The parameters of the address for parts of the question; null for the default. */
export function inAddress(changes: { [Name in keyof Chosen]?: Chosen[Name] | undefined }): Record<
  string,
  string | null
> {
  const { steps, skip, split } = changes;
  return {
    ...(steps && { steps: JSON.stringify(steps) }),
    ...('window' in changes && { window: changes.window?.toString() ?? null }),
    ...(skip !== undefined && { skip: skip ? 'yes' : null }),
    ...('split' in changes && { split: split ? JSON.stringify(split) : null }),
  };
}
