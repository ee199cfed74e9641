import { once } from 'node:events';
import type { Token } from '../../src/index.js';

/** Writes text to standard output, and waits where its reader is slower than we are. */
export async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Streams a sentence to standard output, token by token, as a line. */
export async function printSentence(prompt: string, tokens: AsyncIterable<Token> | Iterable<Token>): Promise<void> {
  await print(prompt);
  for await (const { text } of tokens) await print(text);
  await print('\n');
}

/** Prints a line of JSON for each token of a sentence; milliseconds count from the beginning of the sentence. */
export async function printTokens(sentence: number, tokens: AsyncIterable<Token> | Iterable<Token>): Promise<void> {
  const start = performance.now();
  for await (const { id, text, logProbability } of tokens) {
    const milliseconds = Number((performance.now() - start).toFixed(3));
    await print(`${JSON.stringify({ sentence, id, text, logProbability, milliseconds })}\n`);
  }
}
