import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

interface Violation {
  id: string;
  nodes: { target: string[]; failureSummary?: string }[];
}

/** The violations that axe-core finds on a page, light and dark: the rule and the place of each. */
export async function axeFaults(
  page: Page,
  schemes: readonly ('light' | 'dark')[] = ['light', 'dark'],
): Promise<string[]> {
  const faults: string[] = [];
  // Run by the debugger, since the policy of the page permits only its own scripts.
  await page.evaluate(`${readFileSync('node_modules/axe-core/axe.min.js', 'utf8')};0`);
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    const violations = await page.evaluate<Violation[]>('axe.run(document).then(({ violations }) => violations)');
    faults.push(
      ...violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${colorScheme} ${id} ${target.join(' ')} ${failureSummary ?? ''}`),
      ),
    );
  }
  return faults;
}
