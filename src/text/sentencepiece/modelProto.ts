import { FileFormatError } from '../../errors.js';
import { BYTES, Message, MessageWriter, readFields } from './protobuf.js';

/** What a piece is, by its number in model files. */
export const PIECE_TYPES = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** How a model splits a text, by its number in model files. */
export const MODEL_TYPES = { unigram: 1, bpe: 2, word: 3, character: 4 } as const;

/** A vocabulary entry of a model file. */
export interface Piece {
  /** Its text; `▁` (U+2581) stands for a space. */
  readonly text: string;
  /** Unigram: its log-probability in nats. BPE: the higher, the earlier it is merged. Special pieces: 0. */
  readonly score: number;
  /** One of `PIECE_TYPES`. */
  readonly type: number;
}

/** How a model was trained, as far as it matters to its users. */
export interface TrainerSpec {
  /** One of `MODEL_TYPES`. */
  readonly modelType: number;
  readonly byteFallback: boolean;
  /** The space that is put beside a text comes behind it, and words end in theirs. */
  readonly spaceIsSuffix: boolean;
  readonly eosPiece: string;
  readonly padPiece: string;
}

/** How text is changed before it is split. */
export interface NormalizerSpec {
  readonly name: string;
  /** Which stretches of text become which others, as SentencePiece compiles it; empty: none do. */
  readonly charsmap: Uint8Array;
  /** A space is put before the text. */
  readonly addDummyPrefix: boolean;
  /** Spaces at both ends are removed, and several in a row become one. */
  readonly removeExtraSpaces: boolean;
  /** Spaces become `▁`, as pieces have them. */
  readonly escapeSpaces: boolean;
}

/** A SentencePiece model file: the message `ModelProto`. A piece's place is its id. */
export interface ModelProto {
  readonly pieces: readonly Piece[];
  readonly trainer: TrainerSpec;
  readonly normalizer: NormalizerSpec;
}

// Numbers of fields as in sentencepiece_model.proto.

/** A model's field: a piece, once for each. */
export const PIECES = 1;
const TRAINER = 2;
const NORMALIZER = 3;
const DENORMALIZER = 5;
/** A piece's fields. */
export const PIECE_FIELDS = { text: 1, score: 2, type: 3 } as const;
const SPEC = {
  modelType: 3,
  vocabularySize: 4,
  spaceIsSuffix: 24,
  byteFallback: 35,
  unknownId: 40,
  bosId: 41,
  eosId: 42,
  padId: 43,
  eosPiece: 47,
  padPiece: 48,
} as const;
const NORMALIZATION = { name: 1, charsmap: 2, addDummyPrefix: 3, removeExtraSpaces: 4, escapeSpaces: 5 } as const;

/** Encodes a model that has no BOS. The ids of pad, EOS and unknown are the places of these pieces. */
export function encodeModel({ pieces, trainer, normalizer }: ModelProto): Uint8Array {
  const model = new MessageWriter();
  for (const { text, score, type } of pieces) {
    const piece = new MessageWriter()
      .string(PIECE_FIELDS.text, text)
      .float(PIECE_FIELDS.score, score)
      .integer(PIECE_FIELDS.type, type);
    model.message(PIECES, piece);
  }
  const unknownId = pieces.findIndex(({ type }) => type === PIECE_TYPES.unknown);
  const eosId = pieces.findIndex(({ text }) => text === trainer.eosPiece);
  const padId = pieces.findIndex(({ text }) => text === trainer.padPiece);
  const spec = new MessageWriter()
    .integer(SPEC.modelType, trainer.modelType)
    .integer(SPEC.vocabularySize, pieces.length)
    .boolean(SPEC.byteFallback, trainer.byteFallback)
    .integer(SPEC.unknownId, unknownId)
    .integer(SPEC.bosId, -1)
    .integer(SPEC.eosId, eosId)
    .integer(SPEC.padId, padId);
  const normalization = new MessageWriter()
    .string(NORMALIZATION.name, normalizer.name)
    .bytes(NORMALIZATION.charsmap, normalizer.charsmap)
    .boolean(NORMALIZATION.addDummyPrefix, normalizer.addDummyPrefix)
    .boolean(NORMALIZATION.removeExtraSpaces, normalizer.removeExtraSpaces)
    .boolean(NORMALIZATION.escapeSpaces, normalizer.escapeSpaces);
  return model.message(TRAINER, spec).message(NORMALIZER, normalization).finish();
}

/**
 * Decodes a model file.
 * @throws {FileFormatError} when it is none, or incomplete; `name` says what it is.
 */
export function decodeModel(bytes: Uint8Array, name: string): ModelProto {
  try {
    return parseModel(bytes);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new FileFormatError(
      `Expected ${name} to be a SentencePiece model, got ${bytes.length} bytes: ${error.message}`,
      {
        cause: error,
      },
    );
  }
}

function parseModel(bytes: Uint8Array): ModelProto {
  const pieces: Piece[] = [];
  let trainer: TrainerSpec | undefined;
  let normalizer: NormalizerSpec | undefined;
  for (const { number, type, value } of readFields(bytes)) {
    if (type !== BYTES || typeof value === 'number') continue;
    if (number === PIECES) pieces.push(parsePiece(new Message(value)));
    if (number === TRAINER) trainer = parseTrainer(new Message(value));
    if (number === NORMALIZER) normalizer = parseNormalizer(new Message(value));
    if (number === DENORMALIZER && new Message(value).bytes(NORMALIZATION.charsmap).length > 0)
      throw new RangeError('rules that change text after decoding, which are not supported');
  }
  // Trainers write both after the pieces: a file that was cut between two fields lacks them.
  if (pieces.length === 0 || !trainer || !normalizer)
    throw new RangeError('the pieces, or what comes after them, are missing');
  return { pieces, trainer, normalizer };
}

// Defaults as in sentencepiece_model.proto.

function parsePiece(piece: Message): Piece {
  const text = piece.string(PIECE_FIELDS.text, '');
  if (text.includes('\0')) throw new RangeError('a piece that holds the null character');
  const score = piece.float(PIECE_FIELDS.score, 0);
  if (!Number.isFinite(score)) throw new RangeError('a piece whose score is not finite');
  return {
    text,
    score,
    type: oneOf(PIECE_TYPES, piece.integer(PIECE_FIELDS.type, PIECE_TYPES.normal)) ?? PIECE_TYPES.normal,
  };
}

function parseTrainer(spec: Message): TrainerSpec {
  return {
    modelType: oneOf(MODEL_TYPES, spec.integer(SPEC.modelType, MODEL_TYPES.unigram)) ?? MODEL_TYPES.unigram,
    byteFallback: spec.boolean(SPEC.byteFallback, false),
    spaceIsSuffix: spec.boolean(SPEC.spaceIsSuffix, false),
    eosPiece: spec.string(SPEC.eosPiece, '</s>'),
    padPiece: spec.string(SPEC.padPiece, '<pad>'),
  };
}

function parseNormalizer(spec: Message): NormalizerSpec {
  return {
    name: spec.string(NORMALIZATION.name, ''),
    charsmap: spec.bytes(NORMALIZATION.charsmap),
    addDummyPrefix: spec.boolean(NORMALIZATION.addDummyPrefix, true),
    removeExtraSpaces: spec.boolean(NORMALIZATION.removeExtraSpaces, true),
    escapeSpaces: spec.boolean(NORMALIZATION.escapeSpaces, true),
  };
}

/** The number, where it is one of an enumeration; to protobuf, a field that has another is not there. */
function oneOf(numbers: Readonly<Record<string, number>>, number: number): number | undefined {
  return Object.values(numbers).includes(number) ? number : undefined;
}
