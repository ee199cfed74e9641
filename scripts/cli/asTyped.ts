/** A checkout runs the sources, the package what they were compiled to. */
const PACKAGED = import.meta.url.endsWith('.js');

/**
 * A text with our commands as its reader types them: `npm run train -- --minutes 1` in a checkout, and
 * `npx babblebrook train --minutes 1` where the package is installed.
 */
export function asTyped(text: string, packaged = PACKAGED): string {
  if (!packaged) return text;
  return text.replaceAll(
    /npm run (?:--silent )?(train|generate|evaluate|tokenizer|compare|doctor)\b(?: --(?= |$))?/gm,
    'npx babblebrook $1',
  );
}
