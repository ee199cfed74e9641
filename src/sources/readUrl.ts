import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SourceChangedError, SourceError, SourceFormatError } from '../errors.js';
import type { ByteParts, ByteSource } from './ByteSource.js';
import { httpGet, nameOf } from './httpGet.js';
import { Retries, type RetryOptions } from './Retries.js';
import { checkSameContent, identityOf, type UrlIdentity, validatorOf } from './UrlIdentity.js';

/** Options of `readUrl`. */
export interface UrlOptions extends RetryOptions {
  /** Milliseconds that a server may send nothing. Default 60,000. */
  readonly patience?: number | undefined;
}

/** Answers that may be others a little later. */
const TEMPORARY: readonly (number | undefined)[] = [408, 425, 429, 500, 502, 503, 504];

/**
 * The bytes at an http or https URL, each time they are read. Where the connection breaks, it is made again, and the bytes go on
 * from where they were: by `Range` and `If-Range`; where the server knows neither, from the beginning, and what came before must come again.
 *
 * @throws {SourceError} (while reading) when the server does not answer, or with an error.
 * @throws {SourceFormatError} (while reading) when the server sends a part only, however often it is asked.
 * @throws {SourceChangedError} (while reading) when the content changed since its first reading.
 */
export function readUrl(url: URL, options: UrlOptions = {}): ByteSource {
  return new UrlSource(url, options);
}

class UrlSource implements ByteSource {
  readonly name: string;
  readonly parts: ByteParts = { size: () => this.#size(), read: (start, end) => this.#part(start, end) };
  readonly #url: URL;
  readonly #options: UrlOptions;
  readonly #patience: number;
  #first: UrlIdentity | undefined;

  constructor(url: URL, options: UrlOptions) {
    this.name = nameOf(url);
    this.#url = url;
    this.#options = options;
    this.#patience = options.patience ?? 60_000;
  }

  /** Each answer was held against the first one already. */
  async check(): Promise<void> {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const retries = new Retries(this.#options);
    const sent = createHash('sha256');
    for (let position = 0; ; ) {
      try {
        const response = await this.#open(position);
        if (response === undefined) return;
        for await (const chunk of newBytes(this.name, this.#chunks(response), position, startOf(response), sent)) {
          retries.progress();
          position += chunk.length;
          yield chunk;
        }
        if (position === (this.#first?.size ?? position)) return;
        throw new EndedEarly('the connection ended');
      } catch (error) {
        await this.#again(retries, error, position);
      }
    }
  }

  /** The answer from a place on; `undefined` where nothing is left there. */
  async #open(position: number): Promise<IncomingMessage | undefined> {
    const validator = this.#first && validatorOf(this.#first);
    const isPart = position > 0 && validator !== undefined;
    const response = await this.#get(isPart ? { range: `bytes=${position}-`, 'if-range': validator } : {});
    if (response.statusCode === 416 && identityOf(response).size === position) {
      response.destroy();
      return undefined;
    }
    return this.#checked(response, isPart ? [200, 206] : [200]);
  }

  async #size(): Promise<number> {
    if (this.#first?.size === undefined) await this.#part(0, 1);
    return this.#first?.size ?? 0;
  }

  async #part(start: number, end: number): Promise<Uint8Array> {
    for (const retries = new Retries(this.#options); ; ) {
      const pieces: Uint8Array[] = [];
      let length = 0;
      try {
        const validator = this.#first && validatorOf(this.#first);
        const range = { range: `bytes=${start}-${end - 1}`, ...(validator !== undefined && { 'if-range': validator }) };
        const response = this.#checked(await this.#get(range), [200, 206]);
        if (response.statusCode === 200 || startOf(response) !== start || this.#first?.size === undefined) {
          response.destroy();
          throw new SourceError(
            `Expected ${this.name} to come from a server that sends parts of it, got one that does not. Download the file first`,
          );
        }
        for await (const chunk of this.#chunks(response)) {
          pieces.push(chunk);
          length += chunk.length;
        }
        if (length !== Math.min(end, this.#first.size) - start) throw new EndedEarly('the connection ended');
        return Buffer.concat(pieces);
      } catch (error) {
        await this.#again(retries, error, start + length);
      }
    }
  }

  #get(headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    return httpGet(this.#url, headers, this.#patience);
  }

  /** An answer that is of the content, and of no other than before. */
  #checked(response: IncomingMessage, expected: readonly number[]): IncomingMessage {
    const { statusCode = 0, statusMessage, headers } = response;
    const encoding = headers['content-encoding'] ?? 'identity';
    try {
      if (TEMPORARY.includes(statusCode)) throw new Unavailable(response);
      if (!expected.includes(statusCode))
        throw new SourceError(
          `Expected ${this.name} to be there, got the answer ${statusCode} ${statusMessage}`.trim(),
        );
      // Servers that unpack for browsers send the very file.
      if (encoding !== 'identity' && !(encoding === 'gzip' && /\.gz$/i.test(this.#url.pathname)))
        throw new SourceError(`Expected ${this.name} to come as it is, got it packed with ${encoding}`);
      const now = identityOf(response);
      if (this.#first) checkSameContent(this.name, this.#first, now);
      this.#first ??= now;
      return response;
    } catch (error) {
      response.destroy();
      throw error;
    }
  }

  /** The chunks of an answer; it fails where none comes for too long while one is waited for. */
  async *#chunks(response: IncomingMessage): AsyncGenerator<Uint8Array, void, undefined> {
    const giveUp = (): void => void response.destroy(new Error(`nothing came for ${this.#patience / 1000} s`));
    let timer = setTimeout(giveUp, this.#patience);
    try {
      for await (const chunk of response) {
        clearTimeout(timer);
        yield chunk;
        timer = setTimeout(giveUp, this.#patience);
      }
    } catch (error) {
      throw new EndedEarly((error as Error).message, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits to try again. */
  async #again(retries: Retries, error: unknown, byteOffset: number): Promise<void> {
    if (error instanceof SourceError) throw error;
    if (!isHopeless(error) && (await retries.failed(error instanceof Unavailable ? error.seconds : 0))) return;
    const reason = error instanceof Error ? error.message || String(error) : String(error);
    if (!(error instanceof EndedEarly))
      throw new SourceError(`Expected ${this.name} to be there, got no answer: ${reason}`, { cause: error });
    const size = this.#first?.size === undefined ? 'be sent whole' : `send ${this.#first.size} bytes`;
    throw new SourceFormatError(
      `Expected ${this.name} to ${size}, got a part, however often it was asked: ${reason}`,
      { source: this.name, byteOffset },
      { cause: error },
    );
  }
}

/** Whether another try would give the same: there is no such host, or its certificate is not to be trusted. */
function isHopeless(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^ENOTFOUND$|CERT|^ERR_/.test(String(error.code));
}

/** An answer broke off. */
class EndedEarly extends Error {}

/** A server that asks for patience, for so many seconds where it says so. */
class Unavailable extends Error {
  readonly seconds: number;

  constructor({ statusCode, statusMessage, headers }: IncomingMessage) {
    super(`${statusCode} ${statusMessage}`);
    this.seconds = Number(headers['retry-after']) || 0;
  }
}

function startOf({ statusCode, headers }: IncomingMessage): number {
  return statusCode === 206 ? Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1]) : 0;
}

/**
 * The bytes from `position` on, of chunks that begin at `start`: what lies before it was sent, and must be the same again.
 * @throws {SourceChangedError} when it is not.
 */
async function* newBytes(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  position: number,
  start: number,
  sent: Hash,
): AsyncGenerator<Uint8Array, void, undefined> {
  const again = createHash('sha256');
  let left = position - start;
  if (!(left >= 0 && (start === 0 || left === 0)))
    throw new SourceError(`Expected ${name} to go on at byte ${position}, got bytes from ${start} on`);
  for await (const chunk of chunks) {
    const old = chunk.subarray(0, left);
    const fresh = chunk.subarray(old.length);
    left -= old.length;
    if (old.length > 0) again.update(old);
    if (old.length > 0 && left === 0 && !again.digest().equals(sent.copy().digest()))
      throw new SourceChangedError(`Expected ${name} to stay as it was when it was first read, got other bytes`);
    if (fresh.length === 0) continue;
    sent.update(fresh);
    yield fresh;
  }
  if (left > 0) throw new EndedEarly('the connection ended');
}
