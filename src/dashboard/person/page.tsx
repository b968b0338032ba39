import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { isolated, shown } from '../bidi.js';
import { openPage } from '../components/frame.js';
import { Empty, Progress } from '../components/states.js';
import { Text } from '../components/text.js';
import { displayName } from '../display-name.js';
import { UNREACHABLE } from '../requests.js';
import { address, currentKey } from '../site.js';
import { useParameters } from '../view.js';
import { askForPerson, useKnown } from './known.js';
import { PersonView } from './person-view.js';

function Page(): ComponentChildren {
  const id = useParameters().get('id') ?? '';
  const { person, isUnreachable } = useKnown(id);
  useEffect(() => {
    if (person) document.title = `${isolated(shown(displayName(person)))} · kmq`;
  }, [person]);
  if (person) return <PersonView person={person} id={id} />;
  if (person === undefined && !isUnreachable) return <Progress label="Looking…" />;
  return (
    <>
      <h1 class="unseen">Person</h1>
      <Empty title={isUnreachable ? 'No answer' : 'Nobody here'}>
        <p class="break">
          <code>
            <Text>{id}</Text>
          </code>
        </p>
        <p>{isUnreachable ? UNREACHABLE : `Nobody on the site ${isolated(currentKey())} has this identity.`}</p>
        <p class="actions center">
          <a class="button" href={address('/people')}>
            Search people
          </a>
        </p>
      </Empty>
    </>
  );
}

// Without an id, the page with the search for people is opened.
const asked = new URLSearchParams(location.search).get('id');
if (asked) {
  askForPerson(asked);
  openPage('people', 'Person', Page);
} else location.replace(address('/people'));
