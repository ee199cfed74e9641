import { batchSentences, evaluate, RunDirectory, readSentences, type SentenceReading } from '../../src/index.js';
import { print } from './print.js';
import { sentenceFlags } from './sentenceFlags.js';
import { spoolStandardInput } from './spoolStandardInput.js';

/** The flags of `npm run evaluate`, as commander gives them. */
export interface EvaluateFlags extends SentenceReading {
  readonly run: string;
  readonly text: string;
}

/** Prints the evaluation of a run's best model on a text, as a line of JSON. */
export async function evaluateModel({ run, text, ...flags }: EvaluateFlags): Promise<void> {
  const model = await RunDirectory.loadBest(run);
  const sentences = readSentences(await spoolStandardInput([text], flags.field), sentenceFlags(flags));
  const batches = batchSentences(sentences, model.tokenizer);
  await print(`${JSON.stringify(await evaluate(model, batches))}\n`);
  model.dispose();
}
