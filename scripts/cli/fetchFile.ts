import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CommanderError } from 'commander';
import { checkWritableDirectory } from '../../src/files/checkWritableDirectory.js';
import { makeDirectory } from '../../src/files/makeDirectory.js';
import { writeWhole } from '../../src/files/writeWhole.js';

/** Which file, where from and where to. */
export interface FetchOptions {
  readonly url: string;
  /** What the file must be, in hexadecimal. */
  readonly sha256: string;
  readonly to: string;
  /** A copy to take instead of the network. Default: none. */
  readonly from?: string | undefined;
  /** Seconds until the download is given up. */
  readonly timeout: number;
}

/** The file could not be had. The message is one line, and all that a user needs to see. */
export class FetchError extends CommanderError {
  constructor(message: string) {
    super(2, 'babblebrook.fetch', message);
  }
}

/**
 * Puts a file of known content where it belongs, whole or not at all, and resolves to what was done.
 * @throws {FetchError | FileWriteError} and leaves everything as it was.
 */
export async function fetchFile({ url, sha256, to, from, timeout }: FetchOptions): Promise<string> {
  if (to === '') throw new FetchError('Expected --to to be the path of a file, got ""');
  const present = await readIfPresent(to);
  if (present && hash(present) === sha256) return `${to} is there already`;
  if (present)
    throw new FetchError(`Expected ${to} to be absent or the file of ${url}, got another file: move it away`);
  checkWritableDirectory(dirname(to));
  const bytes = from === undefined ? await download(url, timeout) : await readCopy(from);
  if (hash(bytes) !== sha256)
    throw new FetchError(
      `Expected ${from ?? url} to have the SHA-256 ${sha256}, got ${hash(bytes)} (${bytes.length} bytes)`,
    );
  makeDirectory(dirname(to));
  writeWhole(to, bytes);
  return `${to}: ${bytes.length} bytes from ${from ?? url}`;
}

async function download(url: string, timeout: number): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(Math.ceil(timeout * 1000));
  try {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`the answer was ${response.status} ${response.statusText}`.trim());
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    const reason = signal.aborted ? `it took more than ${timeout} s` : messageOf(error);
    throw new FetchError(`Cannot fetch ${url}: ${reason}. If you have a copy, give it with --from FILE`);
  }
}

async function readIfPresent(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new FetchError(`Expected ${path} to be a file that can be read, got ${codeOf(error)}`);
  }
}

async function readCopy(path: string): Promise<Uint8Array> {
  const bytes = await readIfPresent(path);
  if (!bytes) throw new FetchError(`Expected ${path} to be a file, got nothing there`);
  return bytes;
}

/** What went wrong; Node's `fetch` hides it in the cause. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || codeOf(error.cause) : error.message;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
