import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { foldText } from '../../protocol/fold.js';
import { typedText } from '../pasted.js';
import { useRemoval } from './removal.js';
import { Text } from './text.js';

export interface Choice {
  name: string;
  /** A note beside the name, such as how many people did it. */
  note?: string;
}

export interface NameFieldProps {
  label: string;
  /** The label is for screen readers only. */
  hideLabel?: boolean;
  value: string;
  choices: readonly Choice[];
  onChoose: (name: string) => void;
  /** For values: the typed text is the first choice, and may be empty. Otherwise the choices that contain it come first. */
  free?: boolean;
  placeholder?: string;
  fault?: string | undefined;
  /** The field has a fault. The message is shown elsewhere. */
  invalid?: boolean;
  onOpen?: () => void;
  /** The field gets the focus when it appears, and its list is open. */
  autoFocus?: boolean;
}

/** The number of choices that are shown. The others are found by typing. */
const MOST_SHOWN = 50;

/**
 * A field for a name, with the names that the site has sent as choices. They are found by typing a part of the name in any case,
 * and chosen with the arrow keys or by pointing. Other names may be typed as well. Enter and leaving the field choose; Escape
 * restores the former name.
 */
export function NameField(props: NameFieldProps): ComponentChildren {
  const { label, hideLabel = false, value, choices, onChoose, free = false, placeholder, fault, onOpen } = props;
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  /** Text that was typed and not chosen yet; undefined if there is none. */
  const [raw, setTyped] = useUnchosen(value);
  const typed = raw === undefined || choices.some(({ name }) => name === raw) ? raw : typedText(raw);
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  /** Enter was pressed before the choices arrived. */
  const [isWaiting, setWaiting] = useState(false);
  const isRemoved = useRemoval();
  const found = matching(choices, typed, free);
  const shown = found.slice(0, MOST_SHOWN);
  const active = isOpen ? shown[at] : undefined;

  useEffect(
    () => list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }),
    [at, isOpen],
  );

  const open = (): void => {
    if (isOpen) return;
    onOpen?.();
    setOpen(true);
    setAt(shown.findIndex(({ name }) => name === value));
  };
  // The focus is set before the next key is handled, since the reader may type at once. The list is open, since the reader has just
  // added this field to choose a name.
  useLayoutEffect(() => {
    if (!props.autoFocus) return;
    field.current!.focus();
    open();
  }, []);
  const close = (): void => {
    setOpen(false);
    setTyped(undefined);
    setAt(-1);
    setWaiting(false);
  };
  const choose = (name: string | undefined): void => {
    close();
    if (name !== undefined && name !== value) onChoose(name);
  };
  // If Enter is pressed before the names have arrived, the text may be a part of one of them, so this waits. A second Enter takes
  // the text.
  const enter = (): boolean | void => {
    if (!isOpen) return false;
    if (typed && !free && !isWaiting && choices.length === 0) return setWaiting(true);
    choose(active?.name ?? (typed || (free ? typed : undefined)));
  };
  useEffect(() => {
    if (isWaiting && choices.length > 0) choose(active?.name);
  }, [isWaiting, choices]);
  const move = (by: number): void => {
    if (!isOpen) return open();
    setAt(Math.max(0, Math.min(shown.length - 1, at + by)));
  };
  const keys: Record<string, () => boolean | void> = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: enter,
    Escape: () => (isOpen || typed !== undefined ? close() : false),
  };
  return (
    <span class="name-field">
      {!hideLabel && <label for={id}>{label}</label>}
      <span class="combo">
        <input
          ref={field}
          id={id}
          role="combobox"
          aria-label={hideLabel ? label : undefined}
          aria-expanded={isOpen && shown.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={active && `${id}-${at}`}
          aria-invalid={fault || props.invalid ? true : undefined}
          aria-describedby={fault && `${id}-fault`}
          autocomplete="off"
          spellcheck={false}
          dir="auto"
          placeholder={placeholder}
          value={raw ?? value}
          title={value}
          onFocus={() => field.current!.select()}
          onClick={() => {
            // After Escape the field still has the focus: what is typed next replaces its text, as at first.
            if (!isOpen && typed === undefined) field.current!.select();
            open();
          }}
          onInput={(event) => {
            const text = event.currentTarget.value;
            open();
            setTyped(text);
            setAt(text === '' ? -1 : 0);
            setWaiting(false);
          }}
          onKeyDown={(event) => {
            // Keys of an input method, such as the Enter that accepts what was composed. In Safari the composition has ended by then, and
            // only the code says so (https://bugs.webkit.org/show_bug.cgi?id=165004).
            if (event.isComposing || event.keyCode === 229) return;
            if (keys[event.key]?.() === false || !keys[event.key]) return;
            event.preventDefault();
          }}
          onBlur={() => {
            if (isRemoved.current) return;
            choose(typed === undefined ? undefined : (active?.name ?? (free ? typed : undefined)));
          }}
        />
      </span>
      {/* It exists while it is closed, too, because the field refers to its id (`aria-controls`). */}
      <ul
        ref={list}
        id={`${id}-list`}
        class="choices-list"
        role="listbox"
        aria-label={label}
        hidden={!isOpen || shown.length === 0}
        onPointerDown={(event) => event.preventDefault()}
      >
        {isOpen &&
          shown.map(({ name, note }, index) => (
            <li
              key={name}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              onClick={() => choose(name)}
            >
              <Text cut>{name}</Text>
              {note && <span class="quiet">{note}</span>}
            </li>
          ))}
        {isOpen && found.length > shown.length && (
          <li role="option" aria-disabled="true" aria-selected="false" class="quiet">
            {found.length - shown.length} more: type to find them
          </li>
        )}
      </ul>
      {fault && (
        <span class="field-fault" id={`${id}-fault`} role="alert">
          {fault}
        </span>
      )}
    </span>
  );
}

/** How often the reader has gone back or forward. */
let travels = 0;

addEventListener('popstate', () => void travels++);

/**
 * Text that was typed over a value. If the value changes, as by Back, the text no longer counts, unless the page has filled in an empty
 * field while the reader was typing.
 */
function useUnchosen(value: string): [string | undefined, (text: string | undefined) => void] {
  const [typed, setTyped] = useState<{ over: string; at: number; text: string }>();
  const counts = typed && (typed.over === value || (typed.over === '' && typed.at === travels));
  const set = (text: string | undefined): void =>
    setTyped(text === undefined ? undefined : { over: value, at: travels, text });
  return [counts ? typed.text : undefined, set];
}

/**
 * The choices that contain the typed text. If it is none of them, it is added as a choice: the first one, if any text is accepted.
 */
function matching(choices: readonly Choice[], typed: string | undefined, free: boolean): readonly Choice[] {
  if (typed === undefined || typed === '') return choices;
  const folded = foldText(typed);
  const found = choices.filter(({ name }) => foldText(name).includes(folded));
  const exact = found.findIndex(({ name }) => (free ? name === typed : foldText(name) === folded));
  if (exact >= 0) return [found[exact]!, ...found.toSpliced(exact, 1)];
  const own: Choice = { name: typed, note: free ? '' : 'as typed' };
  return free ? [own, ...found] : [...found, own];
}
