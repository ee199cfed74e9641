import { DEFAULT_BEAMS, DEFAULT_MAX_LENGTH } from '../src/defaults.js';
import type { Command } from './cli/Command.js';
import { checkDecoderFlags } from './cli/checkDecoderFlags.js';
import type { ReaderName } from './cli/loadPredictor.js';
import {
  atLeastOne,
  atLeastZero,
  count,
  countFromZero,
  integer,
  positive,
  shareAboveZero,
  shareOrWhole,
} from './cli/numbers.js';
import { choice, option, readerOption, runOption, toggle } from './cli/options.js';
import { startScript } from './cli/start.js';

/** The decoders by the names that users give. */
const DECODERS = ['greedy', 'sample', 'beam', 'stochastic'] as const;

/** The flags of `generate`, as commander gives them. */
export interface GenerateFlags {
  readonly run: string;
  readonly decoder: (typeof DECODERS)[number];
  readonly prompt: string;
  readonly count: number;
  readonly maxLength: number;
  readonly minLength?: number;
  readonly stop?: string[];
  readonly omitStop: boolean;
  readonly repetitionPenalty?: number;
  readonly blockNgram?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly seed?: number;
  readonly beams?: number;
  readonly lengthPenalty?: number;
  readonly showBeams: boolean;
  readonly json: boolean;
  readonly backend?: ReaderName;
}

export const generate: Command<GenerateFlags> = {
  name: 'generate',
  does: 'Stream sentences from a trained model to standard output, one a line.',
  examples: [
    '--run runs/speech',
    '--run runs/speech --decoder sample --temperature 0.7 --top-p 0.95 --count 5',
    "--run runs/speech --decoder beam --beams 8 --prompt 'We will' --show-beams",
    '--run runs/speech --decoder stochastic --beams 4 --count 4 --json | jq .text',
    "--run runs/plays --prompt $'ROMEO:\\n' --max-length 500",
  ],
  options: [
    runOption(),
    choice('--decoder <name>', 'how tokens are chosen', DECODERS, 'sample'),
    option('--prompt <text>', 'text that each sentence begins with, white space kept').default(''),
    option('--count <n>', 'sentences; of a run on text that goes on, passages', count, 1),
    option('--max-length <n>', 'most tokens in a sentence, the prompt not counted', count, DEFAULT_MAX_LENGTH),
    option('--min-length <n>', 'fewest tokens in a sentence, the prompt not counted', countFromZero),
    option('--stop <text...>', 'end a sentence as soon as it holds this text'),
    toggle('--omit-stop', 'print what is before the text of --stop, not the text itself'),
    option('--repetition-penalty <x>', 'from 1 on: tokens that have occurred become less probable', atLeastOne),
    option('--block-ngram <n>', 'no sequence of n tokens comes twice', count),
    option('--temperature <x>', 'below 1, likely tokens become likelier (sample, stochastic)', positive),
    option('--top-k <n>', 'only the n most probable tokens may come (not greedy)', count),
    option(
      '--top-p <x>',
      'only the most probable tokens that make up this share may come (not greedy)',
      shareAboveZero,
    ),
    option(
      '--min-p <x>',
      "only tokens of at least this share of the best one's probability may come (not greedy)",
      shareOrWhole,
    ),
    option('--seed <n>', 'same seed, same sentences (sample, stochastic); default 1', integer),
    option(
      '--beams <n>',
      `hypotheses that are kept, at least as many as sentences (beam, stochastic); default ${DEFAULT_BEAMS}`,
      count,
    ),
    option('--length-penalty <x>', 'above 0, longer sentences are favoured more (beam); default 0', atLeastZero),
    toggle('--show-beams', 'draw the live hypotheses as they change (beam)'),
    toggle('--json', 'print a line of JSON for each token'),
    readerOption('what computes; default: inference, or with more than 32 beams the first of the others that works'),
  ],
  async run(flags, invocation) {
    checkDecoderFlags(flags);
    const { generateSentences } = await import('./cli/generateSentences.js');
    await generateSentences(flags, invocation);
  },
};

await startScript(import.meta, generate);
