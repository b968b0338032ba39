import type { ComponentChildren } from 'preact';
import type { Csv } from '../ask.js';
import { reach } from '../site.js';

/** A link to an answer as CSV. If the question is too long for an address, the script fetches the answer and saves it. */
export function CsvLink({ csv: { url, q }, label }: { csv: Csv; label?: string }): ComponentChildren {
  if (q === undefined)
    return (
      <a href={url} download aria-label={label}>
        CSV
      </a>
    );
  return (
    <button type="button" class="plain csv" aria-label={label} onClick={() => void save(url, q)}>
      CSV
    </button>
  );
}

async function save(url: string, q: string): Promise<void> {
  const response = await reach(url, { method: 'POST', body: q });
  const [, kind] = /reports\/(\w+)/.exec(url)!;
  const href = URL.createObjectURL(await response.blob());
  Object.assign(document.createElement('a'), { href, download: `${kind}.csv` }).click();
  // The browser has begun the download by then.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
