import { render, type ComponentChildren, type ComponentType } from 'preact';
import { useEffect, useErrorBoundary, useState } from 'preact/hooks';
import type { About } from '../../protocol/api.js';
import { writtenAbout } from '../about.js';
import { isolated } from '../bidi.js';
import { setKeptDays } from '../compared-days.js';
import { prepareFormats } from '../format.js';
import { typedText } from '../pasted.js';
import { read } from '../requests.js';
import { address, below, beside, currentKey, nameSite } from '../site.js';
import { isTimeZone, setTimeZone } from '../time-zone.js';
import { reportAddress, useParameters } from '../view.js';
import { keepFocus } from './kept-focus.js';
import { keepPlace } from './kept-place.js';
import { keepTranslated } from './translated.js';

/** The pages in the navigation, in its order. */
const PAGES = {
  overview: ['Overview', '/'],
  trend: ['Trend', '/trend'],
  funnel: ['Funnel', '/funnel'],
  people: ['People', '/people'],
  live: ['Live', '/live'],
} as const;

export type PageName = keyof typeof PAGES | 'start';

const main = (): HTMLElement => document.querySelector('main')!;

/**
 * Shows a page below the header, as soon as the time zone of the site is known.
 * @param title the title of the window
 */
export function openPage(name: PageName, title: string, Page: ComponentType<{ about: About }>): void {
  nameSite();
  keepTranslated();
  showHeader(name);
  keepFocus(main());
  keepPlace(main());
  document.title = `${title} · ${isolated(currentKey())} · kmq`;
  const show = (about: About): void => {
    const timeZone = about.timeZone!;
    // Time zones get new names, which a browser learns by an update.
    if (!isTimeZone(timeZone)) return fail(`This browser does not know ${timeZone}, the time zone of this site.`);
    setTimeZone(timeZone);
    setKeptDays(about.retention);
    render(
      <Caught>
        <Page about={about} />
      </Caught>,
      main(),
    );
  };
  const written = writtenAbout();
  if (written) show(written);
  else
    read<About>(address('/api/v1/about')).then(
      (about) => show(about!),
      (error: Error) => fail(error.message),
    );
  prepareFormats();
}

const fail = (reason: string): void => render(<Failed reason={reason} />, main());

const Failed = ({ reason }: { reason: string }): ComponentChildren => (
  <p class="fault" role="alert">
    {reason} <a href={location.href}>Try again</a>
  </p>
);

/** Shows an error of the page itself. Without it the page would become empty, or stay half drawn. */
function Caught({ children }: { children: ComponentChildren }): ComponentChildren {
  const [error] = useErrorBoundary((error: unknown) => reportError(error)) as [Error | undefined, () => void];
  return error ? (
    <Failed reason={`This page cannot be shown, because of an error in kmq: ${error.message}.`} />
  ) : (
    children
  );
}

/** Fills the header that all pages share. */
function showHeader(active: PageName): void {
  const header = document.querySelector<HTMLElement>('.site-header')!;
  render(<Header active={active} login={header.dataset.login !== undefined} />, header);
}

function Header({ active, login }: { active: PageName; login: boolean }): ComponentChildren {
  // Links to other reports keep the days and the filter.
  useParameters();
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <a class="wordmark" href={address('/')}>
        <img src={beside('icon.svg')} alt="" />
        <span>kmq</span>
      </a>
      <nav aria-label="Reports">
        {Object.entries(PAGES).map(([name, [text, path]]) => (
          <a key={name} href={reportAddress(path)} aria-current={active === name ? 'page' : undefined}>
            {text}
          </a>
        ))}
      </nav>
      <form class="key-form">
        <a href={reportAddress('/start')} aria-current={active === 'start' ? 'page' : undefined}>
          Snippet
        </a>
        <label for="key">Site</label>
        <KeyField />
      </form>
      {login && (
        <form method="post" action={below('/logout')}>
          <button>Log out</button>
        </form>
      )}
    </>
  );
}

/** Any key may be typed. If the collector accepts only some keys, they are offered. */
function KeyField(): ComponentChildren {
  const [keys, setKeys] = useState<readonly string[]>([]);
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    if (wanted) void read<About>(address('/api/v1/about')).then((about) => setKeys(about?.keys ?? []));
  }, [wanted]);
  return (
    <>
      <input
        id="key"
        name="key"
        list="keys"
        defaultValue={currentKey()}
        dir="auto"
        spellcheck={false}
        autocomplete="off"
        onFocus={() => setWanted(true)}
        onChange={({ currentTarget }) => (currentTarget.value = typedText(currentTarget.value).trim())}
      />
      <datalist id="keys">
        {keys.map((key) => (
          <option key={key} value={key} />
        ))}
      </datalist>
    </>
  );
}
