import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/**
 * The frame of a table. Where the columns need more width than there is, the frame scrolls, with the keyboard as well, and says so:
 * phones show no scrollbar. No column is left out.
 */
export function TableFrame({ name, children }: { name: string; children: ComponentChildren }): ComponentChildren {
  const frame = useRef<HTMLDivElement>(null);
  const isWide = useIsWide(frame);
  return (
    <>
      {isWide && (
        <p class="note more-columns" aria-hidden="true">
          Scroll sideways for more columns →
        </p>
      )}
      <div
        ref={frame}
        class="table-frame"
        {...(isWide && { tabIndex: 0, role: 'region', 'aria-label': `${name}: more columns` })}
      >
        {children}
      </div>
    </>
  );
}

/** Whether what is in a frame is wider than the frame. */
function useIsWide(frame: { current: HTMLElement | null }): boolean {
  const [isWide, setWide] = useState(false);
  useLayoutEffect(() => {
    const { current } = frame;
    const measure = (): void => setWide(current!.scrollWidth > current!.clientWidth);
    // The observer also reports the first sizes. Measuring at once would delay the first paint.
    const observer = new ResizeObserver(measure);
    observer.observe(current!);
    observer.observe(current!.firstElementChild!);
    return () => observer.disconnect();
  }, []);
  return isWide;
}
