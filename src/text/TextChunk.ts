/** A piece of a document. */
export interface TextPiece {
  /** The next piece of its text, cut anywhere; perhaps empty. */
  readonly text: string;
  /** Whether the document (a file, a record) ends behind it. */
  readonly end: boolean;
}

/** A piece of text that goes on: of one of several documents, or, as a string, of a text that is one. */
export type TextChunk = string | TextPiece;

/** A chunk as a piece of a document; `undefined` where it is no chunk of text. */
export function pieceOf(chunk: TextChunk): TextPiece | undefined {
  if (typeof chunk === 'string') return { text: chunk, end: false };
  const { text, end }: Partial<TextPiece> = chunk ?? {};
  return typeof text === 'string' && typeof end === 'boolean' ? { text, end } : undefined;
}
