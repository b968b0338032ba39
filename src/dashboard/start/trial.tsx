import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ArrivalRow } from '../components/arrival-row.js';
import type { Arrival } from '../components/feed.js';
import { tryHit } from './try-hit.js';

interface TrialProps {
  /** The hit. Another one is another trial: it is its `key`, too. */
  url: string;
  /** Of the site that it is for. */
  site: string;
  /** Of the button. */
  label: string;
  /** What it does. */
  hint: string;
  /** What arrives stands somewhere else already. */
  isShown?: boolean;
}

/** The button that sends a hit, and what has become of it. */
export function Trial({ url, site, label, hint, isShown = false }: TrialProps): ComponentChildren {
  const [said, setSaid] = useState(hint);
  const [isSending, setSending] = useState(false);
  const [arrival, setArrival] = useState<Arrival>();
  const send = async (): Promise<void> => {
    setSending(true);
    setSaid('Sending…');
    setArrival(undefined);
    const outcome = await tryHit(url, site, () => setSaid('Acknowledged. Waiting until Live shows it…'));
    setSending(false);
    if ('sentence' in outcome) return setSaid(outcome.sentence);
    setSaid(('hit' in outcome ? 'It has arrived' : 'It has arrived, and was refused') + (isShown ? '.' : ':'));
    setArrival({ id: 0, ...outcome });
  };
  return (
    <div>
      <p class="try">
        {/* Not `disabled`, which takes the focus away from whoever has pressed it. */}
        <button type="button" aria-disabled={isSending ? true : undefined} onClick={() => isSending || void send()}>
          {label}
        </button>
        <span class="hint" role="status">
          {said}
        </span>
      </p>
      {arrival && !isShown && (
        <ol class="rows">
          <ArrivalRow arrival={arrival} />
        </ol>
      )}
    </div>
  );
}
