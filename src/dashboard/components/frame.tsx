import { render, type ComponentChildren, type ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { About } from '../../protocol/api.js';
import { byId } from '../elements.js';
import { setTimeZone } from '../format.js';
import { address, below, currentKey, read } from '../site.js';
import { reportAddress, useParameters } from '../view.js';

/** The pages in the navigation, in its order. */
const PAGES = {
  overview: ['Overview', '/'],
  trend: ['Trend', '/trend'],
  funnel: ['Funnel', '/funnel'],
  people: ['People', '/people'],
  live: ['Live', '/live'],
} as const;

export type PageName = keyof typeof PAGES | 'start';

/**
 * Shows a page of reports below the header, once it is known whose days count.
 * @param title in the window's name
 */
export function openPage(name: PageName, title: string, Page: ComponentType<{ about: About }>): void {
  showHeader(name);
  document.title = `${title} · ${currentKey()} · kmq`;
  void read<About>(address('/api/v1/about')).then((about) => {
    setTimeZone(about!.timeZone!);
    render(<Page about={about!} />, byId('main'));
  }, unreachable);
}

function unreachable(): void {
  render(
    <p class="fault" role="alert">
      The collector cannot be reached. <a href={location.href}>Try again</a>
    </p>,
    byId('main'),
  );
}

/** Fills the header that all pages share. */
export function showHeader(active: PageName): void {
  const header = document.querySelector<HTMLElement>('.site-header')!;
  render(<Header active={active} login={header.dataset.login !== undefined} />, header);
}

function Header({ active, login }: { active: PageName; login: boolean }): ComponentChildren {
  // Links to other reports take along what is shown now.
  useParameters();
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <a class="wordmark" href={address('/')}>
        <img src={below('/dashboard/icon.svg')} alt="" />
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
        <a href={address('/start')} aria-current={active === 'start' ? 'page' : undefined}>
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

/** Any site may be typed; those that the collector takes are offered, where it takes only some. */
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
        spellcheck={false}
        autocomplete="off"
        onFocus={() => setWanted(true)}
      />
      <datalist id="keys">
        {keys.map((key) => (
          <option key={key} value={key} />
        ))}
      </datalist>
    </>
  );
}
