import type { ComponentChildren } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { fillLoader } from '../../loader/fill.js';
import type { About } from '../../protocol/api.js';
import { keyFault } from '../../protocol/key-fault.js';
import { openPage } from '../components/frame.js';
import { useKept } from '../components/kept-place.js';
import { Text } from '../components/text.js';
import { below, COLLECTOR, currentKey, isSiteNamed } from '../site.js';
import { Arriving } from './arriving.js';
import { Code } from './code.js';
import { useTypedKey } from './typed-key.js';
import { UrlBuilder } from './url-builder.js';

const EXAMPLE = `_kmq.push(['record', 'Signed Up', { 'Plan Name': 'Pro' }]);
_kmq.push(['identify', 'ada@example.com']);`;

function Start({ about }: { about: About }): ComponentChildren {
  const site = useTypedKey();
  const isOpen = site === currentKey();
  const accepts = (key: string): boolean => !about.keys || about.keys.includes(key);
  const isTaken = accepts(site);
  // A snippet for a key that the collector refuses would not work: unless the address names the key, an accepted one is used.
  const isReplaced = !isSiteNamed && !accepts(currentKey());
  const [isBuilding, setBuilding] = useKept('builder', false);
  useLayoutEffect(() => {
    if (isReplaced) location.replace(`${below('/start')}?${new URLSearchParams({ key: about.keys![0]! }).toString()}`);
  }, []);
  if (isReplaced) return null;
  const reason = keyFault(site);
  const script = `${COLLECTOR}/${encodeURIComponent(site)}.js`;
  return (
    <>
      <div class="lead">
        <h1>See who came, and what they did</h1>
        <p>After three steps these pages show the people of your site.</p>
        {about.demo && (
          <p class="actions">
            <a class="button primary" href={below('/demo/')}>
              Open the demo shop
            </a>
            <a class="button" href={`${below('/live')}?key=demo`}>
              Watch it live
            </a>
          </p>
        )}
      </div>
      <ol class="steps">
        <li>
          <h2>Paste this into the head of every page</h2>
          {!isTaken && (
            <p class="warning">
              This collector was not started for the site <Text strong>{site}</Text> and refuses its hits.
            </p>
          )}
          {reason ? (
            <p class="warning">
              No page can load a tracker for the key <Text strong>{site}</Text>: {reason}. Choose another key, in the
              field Site at the top.
            </p>
          ) : (
            <>
              <Code of="the snippet">{`<script>${fillLoader(about.loader, COLLECTOR, site)}</script>`}</Code>
              <p class="quiet">
                The snippet accepts commands at once, and loads the tracker without delaying the page. It contains the
                key <Text strong>{site}</Text>.{' '}
                {!about.keys
                  ? 'For another site, write a name of your choice into the field Site at the top, and press Enter: this name is its key.'
                  : about.keys.length > 1 && 'Choose another site at the top.'}
              </p>
              <details>
                <summary>One tag instead of a script in the page</summary>
                <Code of="the tag">{`<script async src="${script}"></script>`}</Code>
                <p class="quiet">
                  For pages whose Content-Security-Policy allows no inline script, or that require Trusted Types. A
                  script that pushes before the tracker has loaded has to begin with{' '}
                  <code>window._kmq = window._kmq || []</code>.
                </p>
              </details>
            </>
          )}
        </li>
        <li>
          <h2>Push what happens</h2>
          <Code of="the commands">{EXAMPLE}</Code>
          <p class="quiet">Push from any script, in any order, before or after the tracker has loaded.</p>
        </li>
        <li>
          <h2>See it arrive</h2>
          {isOpen ? <Arriving site={site} /> : <OpenSite site={site} />}
        </li>
      </ol>
      <details id="url-builder" open={isBuilding} onToggle={(event) => setBuilding(event.currentTarget.open)}>
        <summary>Build a tracking URL</summary>
        <p class="quiet">For places where no tracker runs: a program, a device, a server that does not use kmq/node.</p>
        <UrlBuilder />
      </details>
      <p class="foot">
        kmq {about.version} · {about.keys ? `accepts hits of ${about.keys.join(', ')}` : 'accepts hits of any site'}
      </p>
    </>
  );
}

/** What has arrived is read for the site that is open, so another one has to be opened first. */
function OpenSite({ site }: { site: string }): ComponentChildren {
  return (
    <>
      <p class="quiet">
        The field Site at the top has the key <Text strong>{site}</Text>. Press Enter there, and you see what arrives
        for it.
      </p>
      <p class="actions">
        <a class="button" href={`${below('/start')}?${new URLSearchParams({ key: site }).toString()}`}>
          Open this site
        </a>
      </p>
    </>
  );
}

openPage('start', 'Snippet', Start);
