/** Stands in a stream of text where a document (a file, a record) ends. */
export const END_OF_DOCUMENT: unique symbol = Symbol('end of document');

/** A piece of a text that goes on, cut anywhere, or the end of a document. */
export type TextChunk = string | typeof END_OF_DOCUMENT;
