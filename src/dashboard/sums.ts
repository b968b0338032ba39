/** Whether parts add up to more than the whole, because a person can count in several of them. */
export const addUpToMore = (parts: readonly (number | null)[], whole: number | null): boolean =>
  parts.reduce<number>((sum, part) => sum + (part ?? 0), 0) > (whole ?? 0);
