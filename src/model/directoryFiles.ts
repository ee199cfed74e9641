import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readBounded } from '../files/readBounded.js';
import { isThere } from '../files/replaceDirectory.js';
import type { SavedFiles } from './readSavedModel.js';

/** The files of a saved model in a directory. */
export function directoryFiles(place: string): SavedFiles {
  const pathOf = (name: string): string => (name === '' ? place : join(place, name));
  return {
    pathOf,
    has: (name) => isThere(pathOf(name)),
    read: (name, bounds) => readBounded(pathOf(name), bounds),
    async begin(name, length) {
      if (!(await stat(pathOf(name)).catch(() => undefined))?.isFile()) return undefined;
      const bytes = new Uint8Array(length);
      const file = await open(pathOf(name)).catch(() => undefined);
      try {
        return file && bytes.subarray(0, (await file.read(bytes)).bytesRead);
      } finally {
        await file?.close();
      }
    },
  };
}
