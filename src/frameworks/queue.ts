/** The commands that were pushed, and the time of each at the same index of `t`. */
export type Queue = unknown[] & { t?: number[] };

/**
 * The queue of the page, which may be that of the tracker already. What has no `push` is no queue, such as an element with this id
 * in a visitor's comment: an error from here would unmount the application.
 */
export function pageQueue(): Queue {
  const page = globalThis as { _kmq?: Queue };
  if (!page._kmq?.push) page._kmq = [];
  return page._kmq;
}
