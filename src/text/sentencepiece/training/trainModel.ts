import { checkFunction, checkSignal, InvalidArgumentError } from '../../../errors.js';
import type { TextChunk } from '../../TextChunk.js';
import { exactScore } from '../exactScores.js';
import { encodeModel, MODEL_TYPES, PIECE_TYPES, type Piece } from '../modelProto.js';
import { learnBpe } from './bpe.js';
import type { LearnedPiece } from './LearnedPiece.js';
import { type SentencePieceOptions, type TrainingOptions, trainingOptions } from './options.js';
import { pauses } from './pauses.js';
import { learnUnigram } from './unigram.js';
import { wordTable } from './WordTable.js';
import { countWords } from './words.js';

const EOS = '</s>';
const PAD = '<pad>';

/**
 * Learns a SentencePiece model from sentences and returns the model file. Errors are those of
 * `SentencePieceTokenizer.train`.
 */
export async function trainModel(
  sentences: AsyncIterable<TextChunk> | Iterable<TextChunk>,
  { onProgress = () => {}, signal, ...given }: SentencePieceOptions,
): Promise<Uint8Array> {
  const options = trainingOptions(given);
  checkFunction('onProgress', onProgress);
  const pause = pauses(checkSignal(signal));
  let read = 0;
  const onSentences = (count: number): void => {
    read = count;
    onProgress({ phase: 'reading', sentences: count, pieces: 0, share: 0 });
  };
  const words = await countWords(sentences, pause, onSentences, options.keepWhiteSpace);
  const table = await wordTable(words, options.characterCoverage, pause);
  const special = specialPieces(options.byteFallback);
  const size = options.vocabularySize - special.length;
  if (size < table.alphabet.length)
    throw new InvalidArgumentError(
      `Expected vocabularySize to be at least ${special.length + table.alphabet.length}, which the ${table.alphabet.length} characters of the text and ${special.length} special pieces need, got ${options.vocabularySize}. A lower characterCoverage needs fewer`,
      { options: ['vocabularySize', 'characterCoverage'] },
    );
  const onPieces = (count: number, share: number): void =>
    onProgress({ phase: 'learning', sentences: read, pieces: special.length + count, share });
  const learned =
    options.model === 'bpe'
      ? await learnBpe(table, size, options.maxPieceLength, pause, onPieces)
      : await learnUnigram(table, size, options, pause, onPieces);
  if (learned.length < size)
    throw new InvalidArgumentError(
      `Expected vocabularySize to be at most ${special.length + learned.length}, for which the text has pieces that occur twice, got ${options.vocabularySize}`,
      { options: ['vocabularySize'] },
    );
  return encode(special, learned, options);
}

function specialPieces(byteFallback: boolean): Piece[] {
  const special = (text: string, type: number): Piece => ({ text, score: 0, type });
  const bytes = byteFallback ? Array.from({ length: 256 }, (_, byte) => byte) : [];
  return [
    special(PAD, PIECE_TYPES.control),
    special(EOS, PIECE_TYPES.control),
    special('<unk>', PIECE_TYPES.unknown),
    ...bytes.map((byte) => special(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, PIECE_TYPES.byte)),
  ];
}

function encode(
  special: Piece[],
  learned: LearnedPiece[],
  { model, byteFallback, keepWhiteSpace }: TrainingOptions,
): Uint8Array {
  const pieces = learned.map(({ text, score }) => ({ text, score: exactScore(score), type: PIECE_TYPES.normal }));
  return encodeModel({
    pieces: [...special, ...pieces],
    trainer: { modelType: MODEL_TYPES[model], byteFallback, spaceIsSuffix: false, eosPiece: EOS, padPiece: PAD },
    normalizer: {
      ...{ name: 'identity', charsmap: new Uint8Array(), escapeSpaces: true },
      ...{ addDummyPrefix: !keepWhiteSpace, removeExtraSpaces: !keepWhiteSpace },
    },
  });
}
