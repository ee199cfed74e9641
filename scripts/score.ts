import type { Command } from './cli/Command.js';
import type { ReaderName } from './cli/loadPredictor.js';
import { option, readerOption, runOption, toggle } from './cli/options.js';
import { startScript } from './cli/start.js';

/** The flags of `score`, as commander gives them. */
export interface ScoreFlags {
  readonly run: string;
  readonly prompt: string;
  readonly json: boolean;
  readonly backend?: ReaderName;
}

export const score: Command<ScoreFlags> = {
  name: 'score',
  does: 'Say how probable a trained model finds sentences, token by token: a table each, or with --json a line of JSON each.',
  examples: [
    "--run runs/speech 'We will win.'",
    "--run runs/speech --prompt 'We will' ' win.' ' lose.'",
    ['cat sentences.txt |', '--run runs/speech --json | jq .logProbability'],
  ],
  operands: {
    name: 'sentences',
    does: 'sentences, each an argument; without them, the lines of standard input, or, for a run on text that goes on, all of it as it stands',
  },
  options: [
    runOption(),
    option('--prompt <text>', 'what each sentence begins with; it is read, not scored').default(''),
    toggle('--json', 'a line of JSON for each sentence instead of a table'),
    readerOption('what computes; default: inference'),
  ],
  async run(flags, invocation) {
    const { scoreSentences } = await import('./cli/scoreSentences.js');
    await scoreSentences(flags, invocation);
  },
};

await startScript(import.meta, score);
