import { DEFAULT_BEAMS } from '../../src/defaults.js';
import type { GenerateFlags } from '../generate.js';
import type { Invocation } from './Command.js';
import { decodeSentences } from './decodeSentences.js';
import { isContinuous } from './isContinuous.js';
import { loadPredictor } from './loadPredictor.js';
import { print, printSentence, printTokens } from './print.js';

/** Streams sentences to standard output as the flags say. */
export async function generateSentences(flags: GenerateFlags, { stdout }: Pick<Invocation, 'stdout'>): Promise<void> {
  const { run, backend, decoder, beams = DEFAULT_BEAMS } = flags;
  const isSearch = decoder === 'beam' || decoder === 'stochastic';
  const { model, dispose } = await loadPredictor(run, backend, isSearch ? beams : 1);
  try {
    if (flags.showBeams) return await (await import('./drawBeams.js')).drawBeams(model, flags, stdout);
    const continuous = isContinuous(run);
    let sentence = 0;
    for await (const tokens of decodeSentences(model, flags)) {
      if (flags.json) await printTokens(stdout, sentence, tokens);
      else {
        // Passages hold line ends: an empty line tells one from the next.
        if (continuous && sentence > 0) await print(stdout, '\n');
        await printSentence(stdout, flags.prompt, tokens);
      }
      sentence++;
    }
  } finally {
    dispose();
  }
}
