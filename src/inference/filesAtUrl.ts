import type { SavedFiles } from '../model/readSavedModel.js';
import { toBase64 } from '../text/base64.js';
import type { OnProgress } from './ModelSource.js';
import { checkFileSize, unreadFile } from './unreadFile.js';

/** Files at a URL, that of their directory; what it asks behind `?` is asked for each. */
export function filesAtUrl(directory: URL, onProgress: OnProgress): SavedFiles {
  const urlOf = (name: string): URL => {
    const url = new URL(directory);
    url.pathname = `${directory.pathname.replace(/\/$/, '')}/${name}`;
    return url;
  };
  const pathOf = (name: string): string => nameOfUrl(name === '' ? directory : urlOf(name));
  const get = (name: string, method = 'GET'): Promise<Response> => {
    const url = urlOf(name);
    const [user, password] = [url.username, url.password].map(decodeURIComponent);
    if (!user && !password) return fetch(url, { method });
    // `fetch` takes no URL that has a password, and tells it to whoever reads the error.
    Object.assign(url, { username: '', password: '' });
    // In UTF-8, as browsers ask for pages (RFC 7617).
    const credentials = toBase64(new TextEncoder().encode(`${user}:${password}`));
    return fetch(url, { method, headers: { authorization: `Basic ${credentials}` } });
  };
  return {
    pathOf,
    async has(name) {
      try {
        return (await get(name, 'HEAD')).ok;
      } catch (error) {
        throw unreadFile(pathOf(name), error);
      }
    },
    async read(name, { min = 0, max }) {
      try {
        const response = await get(name);
        if (!response.ok) throw new Error(`the server answers ${response.status}`);
        const bytes = await bodyOf(response, max, (loadedBytes, totalBytes) =>
          onProgress({ file: name, loadedBytes, totalBytes }),
        );
        checkFileSize(bytes.length, min, max);
        return bytes;
      } catch (error) {
        throw unreadFile(pathOf(name), error);
      }
    },
    async begin(name, length) {
      const response = await get(name).catch(() => undefined);
      if (!response?.ok) return undefined;
      return bodyOf(response, length, () => {}).catch(() => undefined);
    },
  };
}

/** A URL as errors show it: without a password. */
export function nameOfUrl({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search}`;
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
  // Not `for await`: not every browser iterates streams.
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.value; read = await reader?.read()) {
    const part = read.value.subarray(0, max + 1 - loaded);
    parts.push(part);
    loaded += part.length;
    onBytes(loaded, total);
    if (loaded > max) {
      await reader?.cancel();
      break;
    }
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
