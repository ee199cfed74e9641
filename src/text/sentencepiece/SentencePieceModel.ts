import { CUT_LENGTH, type CutRules, cutText } from './cutText.js';
import { decodeModel, type ModelProto, type NormalizerSpec, PIECE_TYPES } from './modelProto.js';
import { PieceDetokenizer } from './PieceDetokenizer.js';
import { PieceTable } from './PieceTable.js';

/** Splits texts into a model's pieces. */
export interface PieceEncoder {
  /** The ids of a text, as the model counts them. */
  encode(text: string): readonly number[];
}

/**
 * Makes an encoder of a model, which came from a file.
 * @throws {FileFormatError} when it cannot be used; `name` says what it is.
 */
export type EncoderOf = (model: ModelProto, name: string, file: Uint8Array) => PieceEncoder;

/** What a model that keeps white space gives back. */
const WHITE_SPACE = ' \n\n  \n ';

/** A model file that was checked, and the ids it gives to texts. */
export class SentencePieceModel {
  /** The file. */
  readonly bytes: Uint8Array;
  readonly pieces: PieceTable;
  readonly normalizer: NormalizerSpec;
  /** Where texts may be cut. */
  readonly cutRules: CutRules;
  readonly #encoder: PieceEncoder;

  /** @throws {FileFormatError} when the bytes are no model that can be used; `name` says what they are. */
  constructor(bytes: Uint8Array, name: string, encoderOf: EncoderOf) {
    this.bytes = Uint8Array.from(bytes);
    const proto = decodeModel(this.bytes, name);
    this.pieces = new PieceTable(proto, name);
    this.normalizer = proto.normalizer;
    this.#encoder = encoderOf(proto, name, this.bytes);
    const isUnknown = memoize((character: string) => this.#isUnknown(character));
    this.cutRules = { atSpace: cutAtSpace(proto), atLineEnd: hasLineEnd(proto), isUnknown };
  }

  /** The ids of a text, as our tokenizer counts them. */
  encode(text: string): Int32Array {
    const { shift, unknownId } = this.pieces;
    const unknown = unknownId - shift;
    if (text.length <= CUT_LENGTH) return Int32Array.from(this.#encoder.encode(text)).map((id) => id + shift);
    const ids: number[] = [];
    for (const { text: part, continues } of cutText(text, this.cutRules)) {
      const partIds = this.#encoder.encode(part);
      let from = continues && partIds[0] !== unknown ? 1 : 0;
      // Of a run of unknown characters SentencePiece makes one id.
      if (ids.at(-1) === unknown && partIds[from] === unknown) from++;
      for (; from < partIds.length; from++) ids.push(partIds[from] ?? unknown);
    }
    return Int32Array.from(ids, (id) => id + shift);
  }

  /** Whether spaces and line ends come back as they were, at the ends of a text too, each line end as a piece of its own. */
  get keepsWhiteSpace(): boolean {
    if (!this.cutRules.atLineEnd) return false;
    const detokenizer = new PieceDetokenizer(this.pieces, this.normalizer);
    const texts = Array.from(this.encode(WHITE_SPACE), (id) => detokenizer.push(id));
    return texts.join('') === WHITE_SPACE && texts.filter((text) => text === '\n').length === 3;
  }

  /** No piece holds the character, and its ids are unknown, after the space that encoding may put there. */
  #isUnknown(character: string): boolean {
    if (this.pieces.characters.has(character)) return false;
    const { shift, unknownId } = this.pieces;
    const ids = this.#encoder.encode(character).map((id) => id + shift);
    const [first = unknownId] = ids;
    return ids.at(-1) === unknownId && (ids.length === 1 || (ids.length === 2 && this.pieces.get(first).text === '▁'));
  }
}

/** Line ends are a piece, in no other one, and nothing is put before a text or taken from its ends. */
function hasLineEnd({ pieces, normalizer }: ModelProto): boolean {
  if (normalizer.addDummyPrefix || normalizer.removeExtraSpaces) return false;
  const isPiece = (type: number): boolean => type === PIECE_TYPES.normal || type === PIECE_TYPES.userDefined;
  const having = pieces.filter(({ text, type }) => isPiece(type) && text.includes('\n'));
  return having.length === 1 && having[0]?.text === '\n';
}

function cutAtSpace({ pieces, trainer, normalizer }: ModelProto): CutRules['atSpace'] {
  const isPiece = (type: number): boolean => type === PIECE_TYPES.normal || type === PIECE_TYPES.userDefined;
  if (trainer.spaceIsSuffix || pieces.some(({ text, type }) => isPiece(type) && /[^▁ ][▁ ]/u.test(text)))
    return undefined;
  if (normalizer.addDummyPrefix) return 'drop';
  return normalizer.removeExtraSpaces ? undefined : 'keep';
}

function memoize<K, V>(compute: (key: K) => V): (key: K) => V {
  const values = new Map<K, V>();
  return (key) => {
    const known = values.get(key);
    if (known !== undefined) return known;
    const value = compute(key);
    values.set(key, value);
    return value;
  };
}
