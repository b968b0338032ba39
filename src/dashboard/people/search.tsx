import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { People, PersonSummary } from '../../protocol/api.js';
import { foldText } from '../../protocol/fold.js';
import { Text } from '../components/text.js';
import { typedText } from '../pasted.js';
import { displayName } from '../display-name.js';
import { read } from '../requests.js';
import { address } from '../site.js';
import { ago } from '../time.js';
import { setParameters } from '../view.js';
import { onMaybeReachable } from '../window-events.js';
import { PersonLink } from './person-link.js';

/** How long a reader must have stopped typing, in milliseconds. */
const TYPING_PAUSE_MS = 150;

/** The most people in the API's answer. */
const MOST = 50;

/** What is searched for if this is in the field. A space at its end stays in the field: the reader may go on. */
const searchOf = (text: string): string => typedText(text).trim();

/** The search field. The search starts when the reader pauses typing. */
export function SearchField({ searched }: { searched: string }): ComponentChildren {
  const [text, setText] = useState(searched);
  // The address has changed by Back or a link.
  useEffect(() => {
    if (searchOf(text) !== searched) setText(searched);
  }, [searched]);
  useEffect(() => {
    const typed = searchOf(text);
    if (typed === searched) return;
    const timer = setTimeout(
      // All letters of one search are one entry of the browser's history.
      () => setParameters({ q: typed || null }, { replace: searched !== '' }),
      TYPING_PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div class="toolbar">
      <input
        type="search"
        placeholder="Find an e-mail address or id"
        aria-label="Search people"
        dir="auto"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </div>
  );
}

/** The people with an identity that contains the text; without a text, those who were seen last. */
export function Found({ searched }: { searched: string }): ComponentChildren {
  const [answer, setAnswer] = useState<People | Error>();
  const [turn, setTurn] = useState(0);
  useEffect(() => (answer instanceof Error ? onMaybeReachable(() => setTurn(turn + 1)) : undefined), [answer]);
  useEffect(() => {
    let isOvertaken = false;
    read<People>(address('/api/v1/people', { q: searched })).then(
      (found) => isOvertaken || setAnswer(found),
      (error: Error) => isOvertaken || setAnswer(error),
    );
    return () => void (isOvertaken = true);
  }, [searched, turn]);
  return (
    <div aria-live="polite">
      {answer instanceof Error ? (
        <p class="empty">The search has no answer: {answer.message}</p>
      ) : (
        answer && <Results people={answer.people} searched={searched} />
      )}
    </div>
  );
}

function Results({ people, searched }: { people: PersonSummary[]; searched: string }): ComponentChildren {
  if (!people.length)
    return (
      <div class="empty">
        <p>Nobody has an identity that contains this text.</p>
        <p>Values of properties are searched with a condition, such as: had Email containing …</p>
      </div>
    );
  return (
    <>
      <ol class="people">
        {people.map((person) => (
          <Result key={displayName(person)} person={person} searched={searched} />
        ))}
      </ol>
      {people.length >= MOST && <p class="note">These are the latest {MOST}. Type more letters to find others.</p>}
    </>
  );
}

function Result({ person, searched }: { person: PersonSummary; searched: string }): ComponentChildren {
  const name = displayName(person);
  const others = new Set([...person.identities, name]).size - 1 + (person.moreIdentities ?? 0);
  return (
    <li>
      <PersonLink name={name} others={others} />
      <Matched person={person} name={name} searched={foldText(searched)} />
      <span class="when">{person.lastSeen === null ? 'never seen' : ago(person.lastSeen)}</span>
    </li>
  );
}

/** The identity by which a person was found, if it is not the name that is shown. */
function Matched({
  person,
  name,
  searched,
}: {
  person: PersonSummary;
  name: string;
  searched: string;
}): ComponentChildren {
  if (!searched || foldText(name).includes(searched)) return null;
  const matched = person.identities.find((identity) => foldText(identity).includes(searched));
  return (
    <span class="quiet matched">
      {matched === undefined ? (
        'found by an identity that is not shown'
      ) : (
        <>
          found by{' '}
          <Text strong cut>
            {matched}
          </Text>
        </>
      )}
    </span>
  );
}
