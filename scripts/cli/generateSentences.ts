import { greedy, InvalidArgumentError, sample } from '../../src/index.js';
import { printSentence } from './print.js';
import { RunDirectory } from './RunDirectory.js';

/** The flags of `npm run generate`, as commander gives them. */
export interface GenerateFlags {
  readonly run: string;
  readonly decoder: 'greedy' | 'sample';
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly prompt: string;
  readonly count: number;
  readonly maxLength: number;
  readonly seed: number;
}

/** Streams sentences to standard output as the flags say. Sentence k is drawn with seed + k. */
export async function generateSentences(flags: GenerateFlags): Promise<void> {
  const { decoder, temperature, topK, topP, prompt, maxLength, seed } = flags;
  const sampling = { ...given({ temperature, topK, topP }) };
  if (decoder !== 'sample' && Object.keys(sampling).length > 0)
    throw new InvalidArgumentError(`Expected --temperature, --top-k and --top-p with --decoder sample, got ${decoder}`);
  const model = await RunDirectory.loadBest(flags.run);
  for (let sentence = 0; sentence < flags.count; sentence++) {
    const tokens =
      decoder === 'greedy'
        ? greedy(model, { prompt, maxLength })
        : sample(model, { prompt, maxLength, ...sampling, seed: seed + sentence });
    await printSentence(prompt, tokens);
  }
  model.dispose();
}

/** The properties that have a value. */
function given<T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
