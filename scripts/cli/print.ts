import { once } from 'node:events';
import type { Token } from '../../src/index.js';

/** Writes text to standard output, and waits where its reader is slower than we are. */
export async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Streams a sentence to standard output, token by token, as a line. */
export async function printSentence(prompt: string, tokens: AsyncIterable<Token>): Promise<void> {
  await print(prompt);
  for await (const { text } of tokens) await print(text);
  await print('\n');
}
