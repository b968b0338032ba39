import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ArrivalRow } from '../components/arrival-row.js';
import type { Arrival } from '../components/feed.js';
import { tryHit } from './try-hit.js';

interface TrialProps {
  /** The address of the hit. If it can change, it must also be the component's `key`, so that another hit is a new trial. */
  url: string;
  /** The key of the site. */
  site: string;
  /** The label of the button. */
  label: string;
  /** A text about what the button does. */
  hint: string;
  /** The arrival is shown elsewhere on the page. */
  isShown?: boolean;
}

/** A button that sends a hit, and the outcome. */
export function Trial({ url, site, label, hint, isShown = false }: TrialProps): ComponentChildren {
  const [said, setSaid] = useState<string>();
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
        {/* Not `disabled`, by which the button would lose the focus. */}
        <button type="button" aria-disabled={isSending ? true : undefined} onClick={() => isSending || void send()}>
          {label}
        </button>
        {said === undefined && <span class="hint">{hint}</span>}
        {/* Empty at first: a screen reader would begin the page with the hint. */}
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
