import { useRef } from 'preact/hooks';

/**
 * For a `select` with kinds of conditions or columns. While it is closed, the arrow keys move through the kinds one by one, and each is a
 * change. A kind may lack fields of another one. So each change converts what was there before the first of these changes, and nothing
 * is lost on the way through the other kinds.
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
