import { type LoadedModel, readSavedModel, type TokenizerSource } from '../model/readSavedModel.js';
import { restoreTokenizer } from '../text/restoreTokenizer.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import { filesAt, filesInHand, type ModelSource, type OnProgress } from './ModelSource.js';

/** Reads a saved model from wherever it is. */
export async function loadModel(
  source: ModelSource,
  given: Tokenizer | undefined,
  onProgress: OnProgress,
): Promise<LoadedModel> {
  const tokenizer: TokenizerSource = { given, restore: restoreTokenizer, loader: 'InferenceModel' };
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
