import { FileFormatError, invalid } from '../errors.js';
import type { SavedFiles } from '../model/readSavedModel.js';

/** A file as browsers give it. */
export interface BrowserFile {
  /** Its name, without folders. */
  readonly name: string;
  /** Its bytes. */
  readonly size: number;
  /** Reads it. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * Where a saved model is: the path of its directory (in Node.js), or its URL (in browsers, also as a text, relative to the page); the files
 * that somebody picked; or the files' bytes, by their names.
 */
export type ModelSource =
  | string
  | URL
  | Iterable<BrowserFile>
  | ArrayLike<BrowserFile>
  | Readonly<Record<string, Uint8Array>>;

/** How far a model is loaded. */
export interface LoadProgress {
  /** The file that is being read. */
  readonly file: string;
  /** The bytes of it that were read. */
  readonly loadedBytes: number;
  /** The bytes that it has, where that is known. */
  readonly totalBytes: number | undefined;
}

/** Hears how far a model is loaded. */
export type OnProgress = (progress: LoadProgress) => void;

/** Files that were read already, or that are read whole when they are asked for. */
export function filesInHand(source: Exclude<ModelSource, string | URL>): SavedFiles {
  const files = byName(source);
  return savedFiles('the given files', {
    has: async (name) => files.has(name),
    size: async (name) => files.get(name)?.size,
    async read(name) {
      const file = files.get(name);
      return file && new Uint8Array(await file.arrayBuffer());
    },
  });
}

/** Files at a URL, that of their directory. */
export function filesAt(url: URL, onProgress: OnProgress): SavedFiles {
  const place = url.href.endsWith('/') ? url : new URL(`${url.href}/`);
  const get = (name: string): Promise<Response> => fetch(new URL(name, place));
  const check = (response: Response): Response => {
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    return response;
  };
  return {
    pathOf: (name) => (name === '' ? url.href : new URL(name, place).href),
    has: async (name) => (await fetch(new URL(name, place), { method: 'HEAD' })).ok,
    async read(name, { min = 0, max }) {
      try {
        const bytes = await bodyOf(check(await get(name)), max, (loadedBytes, totalBytes) =>
          onProgress({ file: name, loadedBytes, totalBytes }),
        );
        checkBytes(bytes.length, min, max);
        return bytes;
      } catch (error) {
        throw unread(this.pathOf(name), error);
      }
    },
    begin: async (name, length) => {
      const response = await get(name).catch(() => undefined);
      if (!response?.ok) return undefined;
      return bodyOf(response, length, () => {}).catch(() => undefined);
    },
  };
}

/** Files that are read whole. */
function savedFiles(
  place: string,
  {
    has,
    size,
    read,
  }: {
    has(name: string): Promise<boolean>;
    size(name: string): Promise<number | undefined>;
    read(name: string): Promise<Uint8Array | undefined>;
  },
): SavedFiles {
  const pathOf = (name: string): string => (name === '' ? place : `${name} of ${place}`);
  return {
    ...{ pathOf, has },
    async read(name, { min = 0, max }) {
      try {
        const bytes = await size(name);
        if (bytes === undefined) throw new Error('there is none');
        checkBytes(bytes, min, max);
        return (await read(name)) ?? new Uint8Array();
      } catch (error) {
        throw unread(pathOf(name), error);
      }
    },
    begin: async (name, length) => (await read(name))?.subarray(0, length),
  };
}

function byName(source: Exclude<ModelSource, string | URL>): Map<string, BrowserFile> {
  const noModel = () => invalid('source', 'the path, the URL or the files of a model', source);
  if (typeof source !== 'object' || source === null) throw noModel();
  const files = new Map<string, BrowserFile>();
  // One by one: the first that is no file ends a list that only looks like one, however long it says it is.
  for (const file of filesOf(source)) {
    if (typeof file?.name !== 'string' || typeof file.arrayBuffer !== 'function') throw noModel();
    files.set(file.name, file);
  }
  return files;
}

function* filesOf(source: Exclude<ModelSource, string | URL>): Iterable<BrowserFile | undefined> {
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
  return { name, size: bytes.length, arrayBuffer: async () => Uint8Array.from(bytes).buffer };
}

function checkBytes(bytes: number, min: number, max: number): void {
  if (bytes < min || bytes > max)
    throw new Error(`it has ${bytes} bytes, not ${min === 0 ? 'at most' : `${min} to`} ${max}`);
}

function unread(path: string, error: unknown): FileFormatError {
  return new FileFormatError(`Expected to read ${path}, but ${(error as Error).message}`, { cause: error });
}

/** The bytes of a response, of which no more than one behind `max` are kept. */
async function bodyOf(
  response: Response,
  max: number,
  onBytes: (loaded: number, total: number | undefined) => void,
): Promise<Uint8Array> {
  const length = response.headers.get('content-length');
  // What is compressed on the way has another length.
  const total = length === null || response.headers.has('content-encoding') ? undefined : Number(length);
  const parts: Uint8Array[] = [];
  let loaded = 0;
  for await (const part of response.body ?? []) {
    const room = max + 1 - loaded;
    parts.push(part.length > room ? part.subarray(0, room) : part);
    loaded += Math.min(part.length, room);
    onBytes(loaded, total);
    if (loaded > max) break;
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
