import type { Page } from 'playwright-core';

/**
 * A visitor looks at a tea of the demo shop, puts it into the cart, and signs up as Ada; then the page is the start of the shop
 * again.
 */
export async function signUpInShop(page: Page, shop: string): Promise<void> {
  await page.goto(shop);
  await page.click('text=River Sencha');
  // Clicks are recorded once the tracker has loaded.
  await page.waitForURL('**/product.html?id=sencha');
  await page.waitForSelector('.you a');
  await page.click('text=Add to cart');
  await page.waitForURL('**/cart.html');
  await page.click('text=Sign up');
  await page.fill('[name=name]', 'Ada');
  await page.fill('[name=email]', 'ada@example.com');
  await page.click('button:has-text("Sign up")');
  await page.waitForURL('**/demo/');
}
