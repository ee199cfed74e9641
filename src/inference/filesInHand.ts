import { invalid } from '../errors.js';
import type { SavedFiles } from '../model/readSavedModel.js';
import type { BrowserFile, ModelSource, OnProgress } from './ModelSource.js';
import { checkFileSize, unreadFile } from './unreadFile.js';

/** Files, or bytes of files. */
type InHand = Exclude<ModelSource, string | URL>;

const PLACE = 'the given files';

/** Files that were read already, or that are read whole when they are asked for. */
export function filesInHand(source: InHand, onProgress: OnProgress): SavedFiles {
  const files = byName(source);
  const pathOf = (name: string): string => (name === '' ? PLACE : `${name} of ${PLACE}`);
  return {
    pathOf,
    has: async (name) => files.has(name),
    async read(name, { min = 0, max }) {
      try {
        const file = files.get(name);
        if (!file) throw new Error('there is none');
        checkFileSize(file.size, min, max);
        const bytes = new Uint8Array(await file.arrayBuffer());
        onProgress({ file: name, loadedBytes: bytes.length, totalBytes: bytes.length });
        return bytes;
      } catch (error) {
        throw unreadFile(pathOf(name), error);
      }
    },
    begin: async (name, length) => {
      // A file that cannot be read in part may be larger than memory.
      const start = files.get(name)?.slice?.(0, length);
      return start?.arrayBuffer().then(
        (bytes) => new Uint8Array(bytes),
        () => undefined,
      );
    },
  };
}

function byName(source: InHand): Map<string, BrowserFile> {
  const noModel = () => invalid('source', 'the path, the URL or the files of a model', source);
  if (typeof source !== 'object' || source === null) throw noModel();
  const files = new Map<string, BrowserFile>();
  // One by one: the first that is no file ends a list that only looks like one, however long it says it is.
  for (const file of filesOf(source)) {
    if (typeof file?.name !== 'string' || typeof file.arrayBuffer !== 'function') throw noModel();
    if (!isDeeper(file)) files.set(file.name, file);
  }
  return files;
}

/** Whether a file is of a directory within the one that was picked: a run has models in such. */
function isDeeper({ webkitRelativePath: path }: BrowserFile): boolean {
  return typeof path === 'string' && path.split('/').length > 2;
}

function* filesOf(source: InHand): Iterable<BrowserFile | undefined> {
  if (isIterable(source)) yield* source;
  else if (isArrayLike(source)) for (let i = 0; i < source.length; i++) yield source[i];
  else yield* Object.entries(source).map(fileOfBytes);
}

function isIterable(source: object): source is Iterable<BrowserFile> {
  return typeof (source as Partial<Iterable<BrowserFile>>)[Symbol.iterator] === 'function';
}

function isArrayLike(source: object): source is ArrayLike<BrowserFile> {
  return typeof (source as Partial<ArrayLike<BrowserFile>>).length === 'number';
}

function fileOfBytes([name, bytes]: [string, Uint8Array]): BrowserFile {
  if (!(bytes instanceof Uint8Array)) throw invalid(`the file ${name} of source`, 'bytes, a Uint8Array', bytes);
  const part = (some: Uint8Array) => ({ arrayBuffer: async () => Uint8Array.from(some).buffer });
  return { ...part(bytes), name, size: bytes.length, slice: (start, end) => part(bytes.subarray(start, end)) };
}
