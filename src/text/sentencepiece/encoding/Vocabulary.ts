import { type ModelProto, PIECE_TYPES, type Piece } from '../modelProto.js';
import { PieceTrie } from '../PieceTrie.js';

const { unknown, control, userDefined, byte } = PIECE_TYPES;
const BYTES = 256;

/** A model's pieces, found by their UTF-8 bytes. Ids are the model's own. */
export class Vocabulary {
  readonly pieces: readonly Piece[];
  readonly unknownId: number;
  /** By byte, the id that stands for it where a character is unknown; without these, there is the unknown id. */
  readonly byteIds: Int32Array | undefined;
  /** Those that a text may be made of. */
  readonly trie = new PieceTrie();
  /** Those of its maker's, which are never split. */
  readonly #symbols = new PieceTrie();

  /** @throws {RangeError} when no text can be made of these pieces. */
  constructor({ pieces, trainer }: ModelProto) {
    this.pieces = pieces;
    this.unknownId = pieces.findIndex(({ type }) => type === unknown);
    const byteIds = new Int32Array(BYTES).fill(-1);
    const special = new Set<string>();
    for (const [id, { text, type }] of pieces.entries()) {
      const bytes = utf8.encode(text);
      const isSpecial = type === unknown || type === control || type === byte;
      if (bytes.length === 0) throw new RangeError('a piece without a text');
      if (isSpecial ? special.has(text) : this.trie.find(bytes) !== -1) throw new RangeError(`a second piece ${text}`);
      if (type === unknown && id !== this.unknownId) throw new RangeError('a second unknown piece');
      if (type === byte) byteIds[byteOf(text)] = id;
      if (type === userDefined) this.#symbols.add(id, bytes);
      if (isSpecial) special.add(text);
      else this.trie.add(id, bytes);
    }
    if (this.unknownId === -1) throw new RangeError('no unknown piece');
    const missing = byteIds.filter((id) => id === -1).length;
    if (missing !== (trainer.byteFallback ? 0 : BYTES))
      throw new RangeError(`${BYTES - missing} byte pieces, not ${trainer.byteFallback ? 'all 256' : 'none'}`);
    this.byteIds = trainer.byteFallback ? byteIds : undefined;
  }

  /** The id of what is, from `start` to before `end`, one piece; that of unknown, where it is none. */
  idOf(bytes: Uint8Array, start: number, end: number): number {
    const id = this.trie.find(bytes, start, end);
    return id === -1 ? this.unknownId : id;
  }

  /** The bytes of the longest symbol of its maker's that begins at a place; 0 when none does. */
  symbolLength(bytes: Uint8Array, start: number): number {
    let length = 0;
    let node = 0;
    for (let at = start; at < bytes.length && node !== -1; at++) {
      node = this.#symbols.next(node, bytes[at] ?? 0);
      if (this.#symbols.piece(node) !== -1) length = at + 1 - start;
    }
    return length;
  }

  typeOf(id: number): number {
    return this.pieces[id]?.type ?? control;
  }

  scoreOf(id: number): number {
    return this.pieces[id]?.score ?? 0;
  }
}

/** @throws {RangeError} when the text is not that of a byte: `<0x2F>`. */
function byteOf(text: string): number {
  if (!/^<0x[0-9A-F]{2}>$/.test(text)) throw new RangeError(`a byte piece ${text}`);
  return Number(text.slice(1, -1));
}

const utf8 = new TextEncoder();
