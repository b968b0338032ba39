import { readFileSync } from 'node:fs';

const DOCUMENT = readFileSync('docs/frameworks.md', 'utf8');

/** The samples below a heading of docs/frameworks.md, with the key and the collector of the test. */
export function samples(heading: string, collector = 'https://kmq.example.com', key = 'KEY'): string[] {
  const [, below] = DOCUMENT.split(new RegExp(`^#+ ${heading}$`, 'm'));
  if (below === undefined) throw new Error(`docs/frameworks.md has no heading ${heading}`);
  const blocks = below.split(/^#+ /m)[0]!.matchAll(/^```\w+\n(.*?)^```$/gms);
  return [...blocks].map(([, text]) => text!.replaceAll('https://kmq.example.com', collector).replaceAll('KEY', key));
}
