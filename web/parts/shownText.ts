/** A token as it stands in a sentence about it: what cannot be seen has a sign. */
export function shownText(text: string): string {
  return text.replaceAll(' ', '␣').replaceAll('\n', '⏎').replaceAll('\t', '⇥') || '(nothing)';
}

/** The same for who hears it. */
export function spokenText(text: string): string {
  return text === ' ' ? 'space' : text === '\n' ? 'line break' : text;
}
