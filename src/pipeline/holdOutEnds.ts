import { checkIterable, checkNumber, checkOneOf } from '../errors.js';
import type { TextChunk, TextPiece } from '../text/TextChunk.js';
import { checkPiece } from './checkPiece.js';
import { pipeline } from './pipeline.js';
import type { Source } from './Source.js';

/** Options of `holdOutEnds`. */
export interface HoldOutEndsOptions {
  /** The share of each document, its end, that is held out, from 0 to 1. Default 0.05. */
  fraction?: number | undefined;
  /** Which side passes: `train` or the held-out `valid`. */
  keep: 'train' | 'valid';
}

/**
 * One side of a split of every document into its beginning, to train on, and its end, to validate on. How the text is cut into chunks
 * makes no difference; each side of a document ends as the document does.
 *
 *     { text: 'ab', end: false }, { text: 'cdefghij', end: true }
 *     ──▶ holdOutEnds(…, { fraction: 0.2, keep: 'train' }) ──▶ { text: 'ab', end: false }, { text: 'cdefgh', end: true }
 *
 * Where a document is cut is known when its end is, so the first reading reads the source twice side by side, one document ahead; later
 * ones once. Memory: a number for each document.
 *
 * @param source text that can be read again and again, such as `readDocuments(path)`
 * @throws {InvalidArgumentError} when the source cannot be iterated, or an option cannot be used.
 * @throws {SourceError} (while reading) when the source gives anything but strings and pieces of documents, or can be read once only, as a
 *   generator can.
 */
export function holdOutEnds(
  source: AsyncIterable<TextChunk> | (Iterable<TextChunk> & object),
  options: HoldOutEndsOptions,
): AsyncIterable<TextPiece> {
  return sideOf(source, options, []);
}

/** Both sides of `holdOutEnds`: what one has found of where documents end, the other knows. */
export function bothEnds(
  source: Source<TextChunk>,
  fraction: number,
): { readonly train: AsyncIterable<TextPiece>; readonly valid: AsyncIterable<TextPiece> } {
  const lengths: number[] = [];
  return {
    train: sideOf(source, { fraction, keep: 'train' }, lengths),
    valid: sideOf(source, { fraction, keep: 'valid' }, lengths),
  };
}

/** @param lengths those of the documents that have been read to their ends */
function sideOf(
  source: Source<TextChunk>,
  { fraction = 0.05, keep }: HoldOutEndsOptions,
  lengths: number[],
): AsyncIterable<TextPiece> {
  checkIterable('source', 'a source of text that can be read again, such as readDocuments(path)', source);
  checkNumber('fraction', fraction, { min: 0, max: 1 });
  checkOneOf('keep', keep, ['train', 'valid']);
  return {
    async *[Symbol.asyncIterator]() {
      const ahead = lengthsOf(source);
      let measured = 0;
      const lengthOf = async (document: number): Promise<number> => {
        for (; lengths[document] === undefined; measured++) {
          const { value } = await ahead.next();
          lengths[measured] ??= value ?? 0;
        }
        return lengths[document] ?? 0;
      };
      try {
        let document = 0;
        let at = 0;
        for await (const { text, end } of wholeCharacters(source)) {
          const place = Math.max(Math.round((await lengthOf(document)) * (1 - fraction)) - at, 0);
          const cut = isSecondHalf(text, place) ? place - 1 : place;
          const kept = keep === 'train' ? text.slice(0, cut) : text.slice(cut);
          if (kept !== '' || end) yield { text: kept, end };
          at += text.length;
          if (end) [document, at] = [document + 1, 0];
        }
      } finally {
        await ahead.return(undefined);
      }
    },
  };
}

/** The length of each document in turn, in UTF-16 code units. */
async function* lengthsOf(source: Source<TextChunk>): AsyncGenerator<number, undefined, undefined> {
  let length = 0;
  for await (const { text, end } of wholeCharacters(source)) {
    length += text.length;
    if (!end) continue;
    yield length;
    length = 0;
  }
  yield length;
  return undefined;
}

/** Pieces that end between two characters. */
async function* wholeCharacters(source: Source<TextChunk>): AsyncGenerator<TextPiece> {
  let half = '';
  // A pipeline refuses a source that was read before, where two readers would each get a part of it.
  for await (const chunk of pipeline(source)) {
    const piece = checkPiece('holdOutEnds', chunk);
    const text = half + piece.text;
    half = piece.end ? '' : (/[\ud800-\udbff]$/.exec(text)?.[0] ?? '');
    yield { text: text.slice(0, text.length - half.length), end: piece.end };
  }
  if (half !== '') yield { text: half, end: false };
}

/** Whether a place is within a character. */
function isSecondHalf(text: string, place: number): boolean {
  return place > 0 && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(place - 1, place + 1));
}
