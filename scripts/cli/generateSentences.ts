import { RunDirectory, tuneBackend, useBackend } from '../../src/index.js';
import type { GenerateFlags } from '../generate.js';
import type { Invocation } from './Command.js';
import { decodeSentences } from './decodeSentences.js';
import { drawBeams } from './drawBeams.js';
import { printSentence, printTokens } from './print.js';

/** Streams sentences to standard output as the flags say. */
export async function generateSentences(flags: GenerateFlags, { stdout }: Pick<Invocation, 'stdout'>): Promise<void> {
  tuneBackend('decoding');
  if (flags.backend) await useBackend(flags.backend);
  const model = await RunDirectory.loadBest(flags.run);
  try {
    if (flags.showBeams) return await drawBeams(model, flags, stdout);
    let sentence = 0;
    for await (const tokens of decodeSentences(model, flags)) {
      if (flags.json) await printTokens(stdout, sentence, tokens);
      else await printSentence(stdout, flags.prompt, tokens);
      sentence++;
    }
  } finally {
    model.dispose();
  }
}
