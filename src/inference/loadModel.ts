import { InvalidArgumentError, invalid } from '../errors.js';
import { type LoadedModel, readSavedModel, type TokenizerSource } from '../model/readSavedModel.js';
import { restoreTokenizer } from '../text/restoreTokenizer.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import type { ModelSource, OnProgress } from './ModelSource.js';

/** A model as it was read, and what errors call the place that it is from. */
export interface PlacedModel {
  readonly loaded: LoadedModel;
  readonly place: string;
}

/** Reads a saved model from wherever it is. */
export async function loadModel(
  source: ModelSource,
  given: Tokenizer | undefined,
  onProgress: OnProgress,
): Promise<PlacedModel> {
  const tokenizer: TokenizerSource = { given, restore: restoreTokenizer, loader: 'InferenceModel' };
  const isPlace = typeof source === 'string' || source instanceof URL;
  const url = isPlace ? urlOf(source) : undefined;
  if (isPlace && (!url || url.protocol === 'file:')) {
    const { readModelDirectory } = await import('./readModelDirectory.node.js');
    const place = url ?? String(source);
    return { loaded: await readModelDirectory(place, tokenizer, onProgress), place: String(source) };
  }
  // A page that takes models in one way does without the code for the other.
  const files = url
    ? (await import('./filesAtUrl.js')).filesAtUrl(url, onProgress)
    : (await import('./filesInHand.js')).filesInHand(source as Exclude<ModelSource, string | URL>, onProgress);
  return { loaded: await readSavedModel(files, tokenizer), place: files.pathOf('') };
}

/** A URL; `undefined`: it is a path, which browsers do not have. */
function urlOf(source: string | URL): URL | undefined {
  const page = (globalThis as { location?: { readonly href: string } }).location?.href;
  if (typeof source === 'string' && page === undefined && !/^(https?|file):/.test(source)) return undefined;
  if (!URL.canParse(String(source), page)) throw invalid('source', 'the URL of a model', source);
  const url = new URL(source, page);
  const protocols = page === undefined ? ['http:', 'https:', 'file:'] : ['http:', 'https:'];
  if (!protocols.includes(url.protocol))
    throw new InvalidArgumentError(`Expected source to be a URL of ${protocols.join(' or ')}, got ${url.protocol}`, {
      options: ['source'],
    });
  return url;
}
