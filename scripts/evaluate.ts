import type { BackendName, SentenceReading } from '../src/index.js';
import type { Command } from './cli/Command.js';
import { backendOption, option, runOption, sentenceOptions } from './cli/options.js';
import { startScript } from './cli/start.js';

/** The flags of `evaluate`, as commander gives them. */
export interface EvaluateFlags extends SentenceReading {
  readonly run: string;
  readonly text: string;
  readonly backend?: BackendName;
}

export const evaluate: Command<EvaluateFlags> = {
  name: 'evaluate',
  does: 'Measure how well a trained model predicts a text: one line of JSON.',
  examples: [
    '--run runs/speech --text other.txt',
    '--run runs/speech --text valid.txt --sentence-per-line | jq .perplexity',
  ],
  options: [
    ...sentenceOptions(),
    runOption(),
    option('--text <file>', 'text to measure on, UTF-8; - is standard input').makeOptionMandatory(),
    backendOption(),
  ],
  async run(flags, invocation) {
    const { evaluateModel } = await import('./cli/evaluateModel.js');
    await evaluateModel(flags, invocation);
  },
};

await startScript(import.meta, evaluate);
