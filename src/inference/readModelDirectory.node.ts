import { fileURLToPath } from 'node:url';
import { checkDirectoryPath } from '../errors.js';
import { readReplaced } from '../files/replaceDirectory.js';
import { directoryFiles } from '../model/directoryFiles.js';
import { type LoadedModel, readSavedModel, type TokenizerSource } from '../model/readSavedModel.js';
import type { OnProgress } from './ModelSource.js';

/** Reads a saved model from a directory. */
export async function readModelDirectory(
  source: string | URL,
  tokenizer: TokenizerSource,
  onProgress: OnProgress,
): Promise<LoadedModel> {
  const path = checkDirectoryPath('source', source instanceof URL ? fileURLToPath(source) : source);
  return readReplaced(path, async (place) => {
    const files = directoryFiles(place);
    return readSavedModel(
      {
        ...files,
        async read(name, bounds) {
          const bytes = await files.read(name, bounds);
          onProgress({ file: name, loadedBytes: bytes.length, totalBytes: bytes.length });
          return bytes;
        },
      },
      tokenizer,
    );
  });
}
