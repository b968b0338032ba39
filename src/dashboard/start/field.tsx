import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface FieldProps {
  id: string;
  label: string;
  hint?: string;
  /** The message about a fault. */
  fault: string | undefined;
  value: string;
  required?: boolean;
  isNumeric?: boolean;
  /** Whether it gets the focus when it appears. */
  isFocused?: boolean | undefined;
  onType: (text: string) => void;
}

/** A text field with a label, a hint and a message about a fault. */
export function Field({
  id,
  label,
  hint,
  fault,
  value,
  required = false,
  isNumeric = false,
  isFocused = false,
  onType,
}: FieldProps): ComponentChildren {
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (isFocused) input.current!.focus();
  }, []);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        ref={input}
        id={id}
        dir="auto"
        required={required}
        inputMode={isNumeric ? 'numeric' : undefined}
        spellcheck={false}
        aria-invalid={fault ? true : undefined}
        aria-describedby={`${id}-fault ${id}-hint`}
        value={value}
        onInput={({ currentTarget }) => onType(currentTarget.value)}
      />
      <p class="field-fault" id={`${id}-fault`} hidden={!fault}>
        {fault}
      </p>
      <p class="hint" id={`${id}-hint`} hidden={!hint}>
        {hint}
      </p>
    </div>
  );
}
