import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Csv } from '../ask.js';
import type { ReportProblem } from '../../protocol/reports.js';
import { jsonOf, reach, UNREACHABLE } from '../requests.js';

/**
 * A link to an answer as CSV. If the question is too long for an address, the script fetches the answer and saves it. If there is
 * no answer, the page says why: a download that fails says nothing, and an error must not be saved as the file.
 */
export function CsvLink({ csv: { url, q }, label }: { csv: Csv; label?: string }): ComponentChildren {
  const [fault, setFault] = useState('');
  const onClick = (event: Event): void => {
    event.preventDefault();
    setFault('');
    void (q === undefined ? downloadFrom(url) : save(url, q)).then(setFault, () => setFault(UNREACHABLE));
  };
  return (
    <>
      {q === undefined ? (
        <a href={url} download aria-label={label} onClick={onClick}>
          CSV
        </a>
      ) : (
        <button type="button" class="plain csv" aria-label={label} onClick={onClick}>
          CSV
        </button>
      )}
      {fault && (
        <span class="field-fault" role="alert">
          {fault}
        </span>
      )}
    </>
  );
}

/**
 * Lets the browser download an address. First the collector is asked by HEAD: a session that has ended leads to the login. Some
 * proxies accept no HEAD. An answer to HEAD contains no sentence, so after an error the script fetches the answer itself.
 */
async function downloadFrom(url: string): Promise<string> {
  const { ok, status } = await reach(url, { method: 'HEAD' });
  if (!ok && status !== 405 && status !== 501) return save(url);
  download(url);
  return '';
}

/** @param q the question, if it is not in the address */
async function save(url: string, q?: string): Promise<string> {
  const response = await reach(url, q ? { method: 'POST', body: q } : {});
  if (!response.ok) return (await jsonOf<Partial<ReportProblem>>(response)).error ?? UNREACHABLE;
  const [, kind] = /reports\/(\w+)/.exec(url)!;
  const href = URL.createObjectURL(await response.blob());
  download(href, `${kind}.csv`);
  // The browser has begun the download by then.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
  return '';
}

const download = (href: string, name = ''): void =>
  Object.assign(document.createElement('a'), { href, download: name }).click();
