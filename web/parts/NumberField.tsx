import { useState } from 'preact/hooks';
import { type NumberBounds, numberWithin } from '../state/Setting.js';

/**
 * A number that is set. What is no such number stays as it was written and is said to be wrong, and what held before holds. Where `isOptional`,
 * an empty field is none.
 */
export function NumberField({
  id,
  label,
  value,
  bounds,
  step = bounds.integer ? 1 : 'any',
  isOptional = false,
  placeholder,
  onChange,
}: {
  id: string;
  label: string;
  value: number | undefined;
  bounds: NumberBounds;
  step?: number | 'any';
  isOptional?: boolean;
  placeholder?: string;
  onChange: (value: number | undefined) => void;
}) {
  // What is written and what it is of: who sets the number elsewhere sets what is written, too.
  const [draft, setDraft] = useState<{ written: string; of: number | undefined }>();
  const written = draft && Object.is(draft.of, value) ? draft.written : value === undefined ? '' : String(value);
  const isNone = isOptional && written.trim() === '';
  const isWrong = !isNone && numberWithin(written, bounds) === undefined;
  return (
    <div class="number">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="number"
        inputMode="decimal"
        min={bounds.min}
        max={bounds.max}
        step={step}
        value={written}
        placeholder={placeholder}
        aria-invalid={isWrong}
        aria-describedby={isWrong ? `${id}-wrong` : undefined}
        onInput={({ currentTarget }) => {
          const next = currentTarget.value;
          const got = numberWithin(next, bounds);
          const isGood = got !== undefined || (isOptional && next.trim() === '' && !currentTarget.validity.badInput);
          setDraft({ written: next, of: isGood ? got : value });
          if (isGood) onChange(got);
        }}
      />
      {isWrong && (
        <span class="wrong" id={`${id}-wrong`}>
          {bounds.min} to {bounds.max}
          {bounds.integer ? ', whole' : ''}
        </span>
      )}
    </div>
  );
}
