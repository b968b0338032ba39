import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useTyped } from '../components/typed.js';
import { typedNumber } from '../format.js';
import { numberFormat } from '../intl.js';
import { numberOr } from '../value-tests.js';

const UNITS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;

type Unit = keyof typeof UNITS;

const PRESETS = [UNITS.hour, UNITS.day, 7 * UNITS.day, 30 * UNITS.day];

const CUSTOM = 'custom';

/** The largest unit in which the time is a whole number. */
function unitOf(seconds: number | undefined): Unit {
  if (seconds === undefined) return 'day';
  return (['day', 'hour', 'minute'] as const).find((unit) => seconds > 0 && seconds % UNITS[unit] === 0) ?? 'second';
}

/** “7 days”. */
export function windowInWords(seconds: number): string {
  const unit = unitOf(seconds);
  const format = numberFormat({ style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 2 });
  return format.format(seconds / UNITS[unit]);
}

interface WindowFieldProps {
  window: number | undefined;
  /** The field is disabled. A text beside it says why. */
  disabled: boolean;
  describedBy?: string | undefined;
  fault: string | undefined;
  onChange: (window: number | undefined) => void;
}

/** The time limit from the first step to the last. */
export function WindowField({ window, disabled, describedBy, fault, onChange }: WindowFieldProps): ComponentChildren {
  const [typing, setTyping] = useState(false);
  // 1.5 days stay 1.5 days while they are typed, and are 36 hours when the page is opened again.
  const [unit, setUnit] = useState(() => unitOf(window));
  const isCustom = typing || (window !== undefined && !PRESETS.includes(window));
  const amount = window === undefined ? '' : typedNumber(window / UNITS[unit]);
  const [wrong, setWrong] = useState<string>();
  // The browser's Back has changed the value, so what was typed no longer counts.
  const own = useRef(window);
  useEffect(() => {
    if (own.current !== window) {
      setTyping(false);
      setWrong(undefined);
      setUnit(unitOf(window));
    }
    own.current = window;
  }, [window]);
  const change = (seconds: number | undefined): void => {
    own.current = seconds;
    onChange(seconds);
  };
  const apply = (amount: string, unit: Unit): void => {
    const number = numberOr(amount);
    const isWrong = typeof number === 'string' && number.trim() !== '';
    setWrong(isWrong ? number : undefined);
    const seconds = typeof number === 'string' ? NaN : Math.round(number * UNITS[unit]);
    if (Number.isSafeInteger(seconds) && seconds >= 0) change(seconds);
  };
  const typedAmount = useTyped(wrong ?? amount, (text) => apply(text, unit));
  const said = wrong === undefined ? fault : 'This must be a number.';
  return (
    <span class="window-field">
      <label for="window">Time limit</label>
      <select
        id="window"
        value={isCustom ? CUSTOM : String(window ?? '')}
        disabled={disabled}
        aria-describedby={describedBy}
        onChange={({ currentTarget: { value } }) => {
          setTyping(value === CUSTOM);
          setWrong(undefined);
          if (value === CUSTOM) return;
          const seconds = value === '' ? undefined : Number(value);
          setUnit(unitOf(seconds));
          change(seconds);
        }}
      >
        <option value="">all steps within these days</option>
        {PRESETS.map((seconds) => (
          <option key={seconds} value={seconds}>
            {windowInWords(seconds)}
          </option>
        ))}
        <option value={CUSTOM}>another limit</option>
      </select>
      {isCustom && (
        <>
          <input
            class="amount"
            inputMode="decimal"
            autocomplete="off"
            aria-label="How many"
            aria-invalid={said ? true : undefined}
            {...typedAmount}
          />
          <select
            aria-label="Unit"
            value={unit}
            onChange={({ currentTarget }) => {
              const next = currentTarget.value as Unit;
              setUnit(next);
              apply(wrong ?? amount, next);
            }}
          >
            {Object.keys(UNITS).map((name) => (
              <option key={name} value={name}>
                {name}s
              </option>
            ))}
          </select>
        </>
      )}
      {said && (
        <span class="field-fault" role="alert">
          {said}
        </span>
      )}
    </span>
  );
}
