import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { CommanderError } from 'commander';
import type { Token } from '../../src/index.js';

/**
 * Standard output takes no more. That its reader has stopped (`| head`) is no mistake, and nobody is left to tell; anything
 * else is one.
 */
export class OutputError extends CommanderError {
  constructor({ code, message }: NodeJS.ErrnoException) {
    super(code === 'EPIPE' ? 0 : 2, 'babblebrook.output', `Expected to write to standard output, but ${message}`);
  }
}

/**
 * Writes text to standard output, all of it, and waits where its reader is slower than we are.
 * @throws {OutputError} when that is impossible.
 */
export async function print(stdout: Writable, text: string): Promise<void> {
  try {
    if (stdout instanceof Socket || !('fd' in stdout))
      await new Promise<void>((resolve, reject) => stdout.write(text, (error) => (error ? reject(error) : resolve())));
    else writeFully(stdout.fd as number, Buffer.from(text));
  } catch (error) {
    throw new OutputError(error as NodeJS.ErrnoException);
  }
}

/** What Node's own stream does for a file, but that it takes a write that was cut short for a whole one. */
function writeFully(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** Streams a sentence to standard output, token by token, as a line. */
export async function printSentence(
  stdout: Writable,
  prompt: string,
  tokens: AsyncIterable<Token> | Iterable<Token>,
): Promise<void> {
  await print(stdout, prompt);
  for await (const { text } of tokens) await print(stdout, text);
  await print(stdout, '\n');
}

/** Prints a line of JSON for each token of a sentence; milliseconds count from the beginning of the sentence. */
export async function printTokens(
  stdout: Writable,
  sentence: number,
  tokens: AsyncIterable<Token> | Iterable<Token>,
): Promise<void> {
  const start = performance.now();
  for await (const { id, text, logProbability } of tokens) {
    const milliseconds = Number((performance.now() - start).toFixed(3));
    await print(stdout, `${JSON.stringify({ sentence, id, text, logProbability, milliseconds })}\n`);
  }
}
