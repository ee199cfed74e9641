/** A piece of HTML, as opposed to text that has still to be escaped. */
export class Html {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** What may stand in a template: text and numbers are escaped, pieces of HTML stay as they are. */
type Part = string | number | Html | readonly Html[];

/** A template of HTML: `` html`<p title="${text}">${text}</p>` ``. Attribute values must be in quotes. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  const sources = parts.map((part) => {
    if (part instanceof Html) return part.source;
    return typeof part === 'object' ? part.map(({ source }) => source).join('') : escapeHtml(String(part));
  });
  return new Html(strings.map((string, index) => string + (sources[index] ?? '')).join(''));
}

/** Text as it must be written in HTML and SVG, in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Text in which control characters and lone surrogates, which no document may hold, are replaced. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return text.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]/g, '\ufffd');
}
