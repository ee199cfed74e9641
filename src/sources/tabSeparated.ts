import type { ByteSource } from './ByteSource.js';
import { headerOf, recordOf } from './delimited.js';
import { lines } from './jsonLines.js';
import type { SourceRecord } from './SourceRecord.js';

/** The quote that ends a value is looked for in lines behind its own for so many bytes. */
const MOST_CHARACTERS = 2 ** 20;

interface Line {
  /** A character a byte. */
  readonly text: string;
  readonly byteOffset: number;
  readonly isTooLong: boolean;
}

/**
 * The records of TSV: a header, values parted by tabs. A value is in quotes, as pandas writes one that holds a quote, a tab or a line end,
 * where the quote that closes it ends it; any other quote is a character, as in the text format of PostgreSQL.
 */
export async function* tabSeparated(source: ByteSource, field: string): AsyncGenerator<SourceRecord> {
  const rest = lines(source);
  /** Lines that were read to look for the end of a quoted value. */
  const ahead: Line[] = [];
  let isFirst = true;
  const read = async (): Promise<Line | undefined> => {
    const { value } = await rest.next();
    if (!value) return undefined;
    const bytes = value.bytes ?? new Uint8Array(0);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const line = { text: isFirst ? text.replace(/^\xef\xbb\xbf/, '') : text, isTooLong: value.bytes === undefined };
    isFirst = false;
    return { ...line, byteOffset: value.byteOffset };
  };
  let header: readonly string[] | undefined;
  let row = 0;
  try {
    for (let line = await read(); line; line = ahead.shift() ?? (await read())) {
      const { byteOffset } = line;
      if (line.isTooLong) yield { row: ++row, byteOffset, problem: 'a line that is too long' };
      if (/^\r?$/.test(line.text)) continue;
      const values: Uint8Array[] = [];
      let text = line.text;
      for (let at = 0; at <= text.length; ) {
        // What is open at the end of the line may be closed in a later one.
        let joined = text;
        let taken = 0;
        let quoted = quotedAt(joined, at);
        while (quoted === 'open' && joined.length - at < MOST_CHARACTERS) {
          const next = ahead[taken] ?? (await read());
          if (!next) break;
          if (taken === ahead.length) ahead.push(next);
          joined += `\n${next.text}`;
          taken++;
          if (next.text.includes('"')) quoted = quotedAt(joined, at);
        }
        if (typeof quoted === 'number') {
          ahead.splice(0, taken);
          text = joined;
          values.push(Buffer.from(text.slice(at + 1, quoted - 1).replaceAll('""', '"'), 'latin1'));
          at = text[quoted] === '\t' ? quoted + 1 : text.length + 1;
        } else {
          const tab = text.indexOf('\t', at);
          const value = tab < 0 ? text.slice(at).replace(/\r$/, '') : text.slice(at, tab);
          values.push(Buffer.from(value, 'latin1'));
          at = tab < 0 ? text.length + 1 : tab + 1;
        }
      }
      if (header) yield recordOf(values, header, field, { row: ++row, byteOffset });
      else header = headerOf(values, source.name, field);
    }
  } finally {
    await rest.return(undefined);
  }
}

/** Where the quoted value at a place ends; `open` where its end has not come; nothing where it is none. */
function quotedAt(text: string, at: number): number | 'open' | undefined {
  if (text[at] !== '"') return undefined;
  for (let quote = text.indexOf('"', at + 1); ; quote = text.indexOf('"', quote + 2)) {
    if (quote < 0) return 'open';
    if (text[quote + 1] === '"') continue;
    const end = quote + 1;
    return end === text.length || text[end] === '\t' || text.slice(end) === '\r' || text.startsWith('\r\n', end)
      ? end
      : undefined;
  }
}
