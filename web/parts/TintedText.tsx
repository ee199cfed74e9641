import { useLayoutEffect, useRef } from 'preact/hooks';
import type { TextTokens } from '../compute/types.js';
import { placeUnder } from './placeUnder.js';
import { Tinted, type TintOf } from './Tinted.js';

/** A text that is only looked at, token by token in colours. */
export function TintedText({
  label,
  tokens,
  tintOf,
  onPoint,
  onPick,
}: {
  label: string;
  tokens: TextTokens;
  tintOf: TintOf;
  /** Hears at which token the pointer is. */
  onPoint?: ((token: number | undefined) => void) | undefined;
  /** Hears which token was clicked. */
  onPick?: ((token: number) => void) | undefined;
}) {
  const element = useRef<HTMLDivElement>(null);
  const tinted = useRef<Tinted>(undefined);
  useLayoutEffect(() => {
    if (!element.current) return;
    tinted.current ??= new Tinted(element.current);
    tinted.current.show(tokens.text, tokens, tintOf);
  });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group has no element of its own; what it says by colours is said beside it.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the text field above chooses a place by keys.
    <div
      role="group"
      aria-label={label}
      class="tinted"
      ref={element}
      onPointerMove={onPoint && ((event) => onPoint(placeUnder(event, event.currentTarget)))}
      onPointerLeave={onPoint && (() => onPoint(undefined))}
      onClick={
        onPick &&
        ((event) => {
          const token = placeUnder(event, event.currentTarget);
          if (token !== undefined) onPick(token);
        })
      }
    />
  );
}
