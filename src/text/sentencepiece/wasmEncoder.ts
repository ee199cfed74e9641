import { withExactScores } from './exactScores.js';
import { loadedModels } from './LoadedModels.js';
import { MODEL_TYPES } from './modelProto.js';
import type { EncoderOf } from './SentencePieceModel.js';

/** Makes encoders that are Google's library, as WebAssembly. */
export async function wasmEncoder(): Promise<EncoderOf> {
  const loaded = await loadedModels();
  return ({ trainer }, name, file) => {
    const bytes = trainer.modelType === MODEL_TYPES.unigram ? withExactScores(file) : file;
    const source = { name, bytes };
    loaded.use(source, () => {});
    return { encode: (text) => loaded.use(source, (model) => model.encode(text)) };
  };
}
