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
 * Lets the browser download an address. First the collector is asked without an answer: a session that has ended leads to the
 * login. Some proxies accept no such requests.
 */
async function downloadFrom(url: string): Promise<string> {
  const { ok, status } = await reach(url, { method: 'HEAD' });
  if (ok || status === 405 || status === 501) download(url);
  else return status === 503 ? 'The reports are not ready yet.' : UNREACHABLE;
  return '';
}

async function save(url: string, q: string): Promise<string> {
  const response = await reach(url, { method: 'POST', body: q });
  if (!response.ok) return (await jsonOf<ReportProblem>(response)).error;
  const [, kind] = /reports\/(\w+)/.exec(url)!;
  const href = URL.createObjectURL(await response.blob());
  download(href, `${kind}.csv`);
  // The browser has begun the download by then.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
  return '';
}

const download = (href: string, name = ''): void =>
  Object.assign(document.createElement('a'), { href, download: name }).click();
