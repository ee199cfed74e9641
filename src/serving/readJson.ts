import { ApiError } from './ApiError.js';
import type { Limits } from './Limits.js';

/**
 * The object that the body of a request holds as JSON.
 * @throws {ApiError} 400, 408, 413 or 415 when it holds none, takes too long, is too long, or is called something else than JSON: forms of
 *   web pages, which a browser sends anywhere without asking, cannot call themselves so.
 */
export async function readJson(request: Request, limits: Limits): Promise<object> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new ApiError(415, 'Expected the header content-type: application/json', { code: 'unsupported_media_type' });
  if ((request.headers.get('content-encoding') ?? 'identity') !== 'identity')
    throw new ApiError(415, 'Expected a body that is not packed', { code: 'unsupported_media_type' });
  const text = await readText(request, limits);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError(400, 'Expected the body to be JSON', { code: 'invalid_json' });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new ApiError(400, 'Expected the body to be a JSON object', { code: 'invalid_json' });
}

async function readText(request: Request, { bodyBytes, bodySeconds }: Limits): Promise<string> {
  const tooLong = new ApiError(413, `Expected a body of at most ${bodyBytes} bytes`, {
    code: 'body_too_large',
    headers: { connection: 'close' },
  });
  if (Number(request.headers.get('content-length') ?? 0) > bodyBytes) throw tooLong;
  const reader = request.body?.getReader();
  if (!reader) return '';
  const drop = (): void => void reader.cancel().catch(() => {});
  const decoder = new TextDecoder('utf-8', { fatal: true });
  /** The text of more bytes; without any, that of the end. */
  const decoded = (bytes?: Uint8Array): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch {
      throw new ApiError(400, 'Expected the body to be UTF-8', { code: 'invalid_json' });
    }
  };
  let late = false;
  // Not a promise to race with, and no list of chunks: each of a million small ones would be kept, and something for it.
  const timer = setTimeout(() => {
    late = true;
    drop();
  }, bodySeconds * 1000);
  let text = '';
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (late)
        throw new ApiError(408, `Expected the body within ${bodySeconds} seconds`, {
          code: 'timeout',
          headers: { connection: 'close' },
        });
      if (done) return text + decoded();
      length += value.length;
      if (length > bodyBytes) throw tooLong;
      text += decoded(value);
    }
  } catch (error) {
    drop();
    throw error instanceof ApiError ? error : new ApiError(400, 'Expected a whole body', { code: 'incomplete_body' });
  } finally {
    clearTimeout(timer);
  }
}
