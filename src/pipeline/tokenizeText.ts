import { concat, defer, mergeMap, type OperatorFunction } from 'rxjs';
import { InvalidArgumentError, invalid } from '../errors.js';
import type { TextChunk } from '../text/TextChunk.js';
import type { IncrementalEncoder, TextIds, TokenIds, Tokenizer } from '../text/Tokenizer.js';
import { checkPiece } from './checkPiece.js';

/**
 * Turns text that goes on into token ids, and loses nothing: white space and line ends are tokens. A document ends with EOS, the last
 * one at the end of the stream; one without a token is left out. Strings are pieces of one document. How the text is cut into chunks makes no difference to the ids.
 *
 *     { text: 'No', end: false }, { text: '.\n', end: true }, { text: 'On', end: true }
 *     ──▶ tokenizeText(characters) ──▶ [17, 46], [5, 3], [1], [18, 45], [1]
 *
 * @throws {InvalidArgumentError} when the tokenizer is for sentences alone: it has no `encoder`, or drops white space.
 * @throws {SourceError} (as the stream's error) when it is given anything but strings and pieces of documents.
 */
export function tokenizeText(tokenizer: Tokenizer): OperatorFunction<TextChunk, TextIds> {
  newEncoder(tokenizer);
  const { eosId } = tokenizer;
  return (source) =>
    defer(() => {
      let encoder = newEncoder(tokenizer);
      /** Whether the document has a token. */
      let hasBegun = false;
      const some = (ids: TokenIds): TextIds[] => {
        if (ids.length === 0) return [];
        hasBegun = true;
        return [ids as Int32Array as TextIds];
      };
      const end = (): TextIds[] => {
        const rest = some(encoder.end());
        const ended = hasBegun ? [...rest, Int32Array.of(eosId) as TextIds] : rest;
        encoder = newEncoder(tokenizer);
        hasBegun = false;
        return ended;
      };
      const read = (chunk: TextChunk): TextIds[] => {
        const piece = checkPiece('tokenizeText', chunk);
        const ids = some(encoder.push(piece.text));
        return piece.end ? [...ids, ...end()] : ids;
      };
      return concat(source.pipe(mergeMap(read)), defer(end));
    });
}

function newEncoder(tokenizer: Tokenizer): IncrementalEncoder {
  if (typeof tokenizer?.encode !== 'function') throw invalid('tokenizer', 'a tokenizer', tokenizer);
  if (typeof tokenizer.encoder === 'function') return tokenizer.encoder();
  throw new InvalidArgumentError(
    'Expected a tokenizer for text that goes on, got one without the method encoder, which is for sentences alone',
    { options: ['tokenizer'] },
  );
}
