import { existsSync, readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { outOfPlanes } from '../../../fixtures/sentencepiece/planes.js';
import { fixture } from '../../../support/trainingText.js';

/** What Google's library for Python says of a model. Its ids are the model's own. */
interface Expectation {
  readonly size: number;
  readonly pad: number;
  readonly eos: number;
  readonly unknown: number;
  /** Tokens of `manySentences` in all, and the SHA-256 of their ids as JSON. */
  readonly tokens: number;
  readonly sha256: string;
  /** Ids of the hard strings. */
  readonly hard: number[][];
  /** Random ids, and their text. */
  readonly decoded: [ids: number[], text: string][];
}

export const { hard: hardStrings, models } = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as {
  hard: string[];
  models: Record<string, Expectation>;
};

/** The file of a model. */
export function modelFile(name: string): Uint8Array {
  const packed = fixture(`${name}.model.br`);
  return existsSync(packed)
    ? outOfPlanes(brotliDecompressSync(readFileSync(packed)))
    : readFileSync(fixture(`${name}.model`));
}

/**
 * Models that cut a long text otherwise than its sentences: they put no space before a text, or have symbols that hold the space between two
 * sentences, or make one of two unknown words.
 */
export const UNLIKE_ITS_SENTENCES = ['spaces', 'suffix', 'fold', 'symbols', 'characters', 'words'].map(
  (name) => `google-${name}`,
);
