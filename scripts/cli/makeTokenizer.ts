import { existsSync } from 'node:fs';
import {
  CharacterTokenizer,
  InvalidArgumentError,
  SentencePieceTokenizer,
  type Source,
  type Tokenizer,
} from '../../src/index.js';

/**
 * The tokenizer of `--tokenizer`: `characters`, `sentencepiece:N` learned from the sentences, or a `.model` file.
 * @throws {InvalidArgumentError} when it names none of these.
 */
export async function makeTokenizer(name: string, sentences: Source<string>): Promise<Tokenizer> {
  if (name === 'characters') return CharacterTokenizer.fromStream(sentences);
  const [, pieces] = /^sentencepiece:(\d+)$/.exec(name) ?? [];
  if (pieces !== undefined) return SentencePieceTokenizer.train(sentences, { vocabularySize: Number(pieces) });
  if (existsSync(name)) return SentencePieceTokenizer.load(name);
  throw new InvalidArgumentError(
    `Expected --tokenizer to be characters, sentencepiece:N or a SentencePiece model file, got ${name}`,
  );
}
