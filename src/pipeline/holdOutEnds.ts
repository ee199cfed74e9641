import { checkIterable, checkNumber, checkOneOf } from '../errors.js';
import { END_OF_DOCUMENT, type TextChunk } from '../text/TextChunk.js';
import { checkText } from './checkText.js';

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
 *     'ab', 'cdefghij', END_OF_DOCUMENT ──▶ holdOutEnds(…, { fraction: 0.2, keep: 'train' }) ──▶ 'ab', 'cdefgh', END_OF_DOCUMENT
 *
 * Where a document is cut is known when its end is, so the first reading reads the source twice side by side, one document ahead; later
 * ones once. Memory: a number for each document.
 *
 * @param source text that can be read again and again, such as `readDocuments(path)`
 * @throws {InvalidArgumentError} when the source cannot be iterated, or an option cannot be used.
 * @throws {SourceError} (while reading) when the source gives anything but strings and ends of documents.
 */
export function holdOutEnds(
  source: AsyncIterable<TextChunk> | (Iterable<TextChunk> & object),
  { fraction = 0.05, keep }: HoldOutEndsOptions,
): AsyncIterable<TextChunk> {
  checkIterable('source', 'a source of text that can be read again, such as readDocuments(path)', source);
  checkNumber('fraction', fraction, { min: 0, max: 1 });
  checkOneOf('keep', keep, ['train', 'valid']);
  /** The lengths of the documents that have been read to their ends. */
  const lengths: number[] = [];
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
        let hasText = false;
        for await (const chunk of wholeCharacters(source)) {
          if (chunk === END_OF_DOCUMENT) {
            if (hasText) yield chunk;
            [document, at, hasText] = [document + 1, 0, false];
            continue;
          }
          const place = Math.max(Math.floor((await lengthOf(document)) * (1 - fraction)) - at, 0);
          const cut = isSecondHalf(chunk, place) ? place - 1 : place;
          const text = keep === 'train' ? chunk.slice(0, cut) : chunk.slice(cut);
          at += chunk.length;
          if (text === '') continue;
          hasText = true;
          yield text;
        }
      } finally {
        await ahead.return(undefined);
      }
    },
  };
}

/** The length of each document in turn, in UTF-16 code units. */
async function* lengthsOf(
  source: AsyncIterable<TextChunk> | Iterable<TextChunk>,
): AsyncGenerator<number, undefined, undefined> {
  let length = 0;
  for await (const chunk of wholeCharacters(source)) {
    if (chunk !== END_OF_DOCUMENT) length += chunk.length;
    else {
      yield length;
      length = 0;
    }
  }
  yield length;
  return undefined;
}

/** Chunks that end between two characters. */
async function* wholeCharacters(source: AsyncIterable<TextChunk> | Iterable<TextChunk>): AsyncGenerator<TextChunk> {
  let half = '';
  for await (const chunk of source) {
    const text = half + (chunk === END_OF_DOCUMENT ? '' : checkText('holdOutEnds', chunk));
    half = chunk === END_OF_DOCUMENT ? '' : (/[\ud800-\udbff]$/.exec(text)?.[0] ?? '');
    if (text.length > half.length) yield text.slice(0, text.length - half.length);
    if (chunk === END_OF_DOCUMENT) yield chunk;
  }
  if (half !== '') yield half;
}

/** Whether a place is within a character. */
function isSecondHalf(text: string, place: number): boolean {
  return place > 0 && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(place - 1, place + 1));
}
