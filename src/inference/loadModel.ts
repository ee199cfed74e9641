import { describe, FileFormatError } from '../errors.js';
import { type LoadedModel, readSavedModel, type TokenizerSource } from '../model/readSavedModel.js';
import { SENTENCEPIECE } from '../model/savedTokenizer.js';
import { CharacterTokenizer } from '../text/CharacterTokenizer.js';
import type { Tokenizer, TokenizerJSON } from '../text/Tokenizer.js';
import { filesAt, filesInHand, type ModelSource, type OnProgress } from './ModelSource.js';

/** Reads a saved model from wherever it is. */
export async function loadModel(
  source: ModelSource,
  given: Tokenizer | undefined,
  onProgress: OnProgress,
): Promise<LoadedModel> {
  const tokenizer: TokenizerSource = { given, restore, loader: 'InferenceModel' };
  if (typeof source !== 'string' && !(source instanceof URL)) return readSavedModel(filesInHand(source), tokenizer);
  const url = urlOf(source);
  if (url && url.protocol !== 'file:') return readSavedModel(filesAt(url, onProgress), tokenizer);
  const { readModelDirectory } = await import('./readModelDirectory.node.js');
  return readModelDirectory(url ?? String(source), tokenizer, onProgress);
}

/** A URL; `undefined`: it is a path. */
function urlOf(source: string | URL): URL | undefined {
  if (source instanceof URL) return source;
  if (/^(https?|file):/.test(source)) return new URL(source);
  const { location } = globalThis as { location?: { readonly href: string } };
  return location ? new URL(source, location.href) : undefined;
}

async function restore(json: TokenizerJSON): Promise<Tokenizer> {
  if (json.type === CharacterTokenizer.type) return CharacterTokenizer.fromJSON(json);
  if (json.type !== SENTENCEPIECE)
    throw new FileFormatError(
      `Expected a tokenizer of type characters or sentencepiece, got type ${describe(json.type)}`,
    );
  // Only who has such a model waits for it.
  const { SentencePieceTokenizer } = await import('../text/SentencePieceTokenizer.js');
  return SentencePieceTokenizer.fromJSON(json);
}
