import type { ByteSource } from './ByteSource.js';
import type { SourceRecord } from './SourceRecord.js';

const NEW_LINE = 10;
/** A longer line is no record: it would have to be in memory as a whole. */
const MOST_BYTES = 2 ** 28;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The records of JSON lines, an object a line in UTF-8; blank lines are left out, but counted. */
export async function* jsonLines(source: ByteSource): AsyncGenerator<SourceRecord> {
  let row = 0;
  for await (const { bytes, byteOffset } of lines(source)) {
    row++;
    const fields = parse(bytes);
    if (typeof fields === 'string') yield { row, byteOffset, problem: fields };
    else if (fields) yield { row, byteOffset, fields };
  }
}

/** The lines of bytes; of one that is too long, `undefined`. */
export async function* lines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly bytes: Uint8Array | undefined; readonly byteOffset: number }> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let byteOffset = 0;
  const add = (piece: Uint8Array, isKept: boolean): void => {
    length += piece.length;
    if (length > MOST_BYTES) pieces = [];
    // A copy: the owner of the chunk may fill it again.
    else pieces.push(isKept ? piece.slice() : piece);
  };
  const end = () => {
    const [first, ...others] = pieces;
    const whole = first && others.length === 0 ? first : Buffer.concat(pieces);
    const line = { bytes: length > MOST_BYTES ? undefined : whole, byteOffset };
    byteOffset += length + 1;
    pieces = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = chunk.indexOf(NEW_LINE); at >= 0; at = chunk.indexOf(NEW_LINE, start)) {
      add(chunk.subarray(start, at), false);
      start = at + 1;
      yield end();
    }
    if (start < chunk.length) add(chunk.subarray(start), true);
  }
  if (length > 0) yield end();
}

/** The object that a line holds; nothing where it is blank; in words, what else is in it. */
function parse(bytes: Uint8Array | undefined): Record<string, unknown> | string | undefined {
  if (!bytes) return `a line of more than ${MOST_BYTES} bytes`;
  let line: string;
  try {
    line = decoder.decode(bytes);
  } catch {
    return 'bytes that are not UTF-8';
  }
  if (line.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    return `JSON that is no object: ${line.trim().slice(0, 30)}`;
  } catch (error) {
    return `invalid JSON: ${(error as Error).message}`;
  }
}
