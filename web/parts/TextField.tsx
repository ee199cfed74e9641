import { useLayoutEffect, useRef } from 'preact/hooks';
import type { TextTokens } from '../compute/types.js';
import { placeUnder } from './placeUnder.js';
import { Tinted, type TintOf } from './Tinted.js';

/**
 * A text that is written and coloured at once: a text area, whose own letters are seen, over the same text in spans, whose colours are.
 * So whatever one does with a text area can be done with it, by keyboard and by screen readers too.
 */
export function TextField({
  id,
  label,
  help,
  text,
  tokens,
  tintOf,
  onInput,
  onPoint,
  onSelect,
}: {
  id: string;
  label: string;
  /** The id of what describes it. */
  help?: string | undefined;
  text: string;
  /** What is known of it, or of an earlier text. */
  tokens: TextTokens | undefined;
  tintOf: TintOf;
  onInput: (text: string) => void;
  /** Hears at which token the pointer is. */
  onPoint?: ((token: number | undefined) => void) | undefined;
  /** Hears what is selected, in UTF-16 units; where nothing is, both are where the caret is. */
  onSelect?: ((from: number, to: number) => void) | undefined;
}) {
  const under = useRef<HTMLDivElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const tinted = useRef<Tinted>(undefined);
  useLayoutEffect(() => {
    if (!under.current) return;
    tinted.current ??= new Tinted(under.current);
    tinted.current.show(text, tokens, tintOf);
  });
  const select = (): void => {
    // Nobody chose a place who does not write here.
    if (area.current && document.activeElement === area.current)
      onSelect?.(area.current.selectionStart, area.current.selectionEnd);
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="written">
        <div class="tinted under" aria-hidden="true" ref={under} />
        <textarea
          id={id}
          aria-describedby={help}
          ref={area}
          value={text}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          onInput={(event) => {
            onInput(event.currentTarget.value);
            select();
          }}
          onSelect={select}
          onKeyUp={select}
          onClick={select}
          onPointerMove={
            onPoint && ((event) => under.current && event.buttons === 0 && onPoint(placeUnder(event, under.current)))
          }
          onPointerLeave={onPoint && (() => onPoint(undefined))}
        />
      </div>
    </div>
  );
}
