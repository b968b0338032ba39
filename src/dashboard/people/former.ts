import { useRef } from 'preact/hooks';

/**
 * For a list of kinds. The arrow keys go through the kinds of a closed list one by one, and each of them is a change. So each change
 * is made from what was there before the first of these changes, and not from the kind before, which may have no place for all of it.
 */
export function useFormer<T>(current: T): (convert: (from: T) => T) => T {
  const former = useRef<{ from: T; made: string } | undefined>(undefined);
  return (convert) => {
    const from = former.current?.made === JSON.stringify(current) ? former.current.from : current;
    const next = convert(from);
    former.current = { from, made: JSON.stringify(next) };
    return next;
  };
}
