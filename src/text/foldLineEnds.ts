/** What may go on in the next chunk: a line end, or the first half of a character. */
const UNFINISHED = /[\r\ud800-\udbff]$/;

/** Makes `\r\n` and `\r` of a text in chunks, cut anywhere, to `\n`; no chunk that comes out ends inside a character. */
export async function* foldLineEnds(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let held = '';
  for await (const chunk of chunks) {
    const text = held + chunk;
    held = UNFINISHED.exec(text)?.[0] ?? '';
    const folded = text.slice(0, text.length - held.length).replace(/\r\n?/g, '\n');
    if (folded !== '') yield folded;
  }
  if (held) yield held === '\r' ? '\n' : held;
}
