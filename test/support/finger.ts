import type { Page } from 'playwright-core';

type Place = readonly [x: number, y: number];

/** A finger that moves over the page from one place to another. The driver itself can only tap. */
export async function moveFinger(page: Page, from: Place, to: Place): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...places: Place[]) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: places.map(([x, y]) => ({ x, y })) });
  await touch('touchStart', from);
  for (let step = 1; step <= 10; step++) {
    const along = (axis: 0 | 1): number => from[axis] + ((to[axis] - from[axis]) * step) / 10;
    await touch('touchMove', [along(0), along(1)]);
  }
  await touch('touchEnd');
  await session.detach();
}
