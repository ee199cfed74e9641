import { evaluate } from '../../src/index.js';
import { print } from './print.js';
import { RunDirectory } from './RunDirectory.js';
import { batchesOf, sentencesOf } from './sentences.js';
import { spoolStandardInput } from './spoolStandardInput.js';

/** The flags of `npm run evaluate`, as commander gives them. */
export interface EvaluateFlags {
  readonly run: string;
  readonly text: string;
  readonly sentencePerLine: boolean;
}

/** Of a batch; longer sentences are read one by one, in one piece. */
const MAX_TOKENS = 6400;

/** Prints the evaluation of a run's best model on a text, as a line of JSON. */
export async function evaluateModel({ run, text, sentencePerLine }: EvaluateFlags): Promise<void> {
  const model = await RunDirectory.loadBest(run);
  const sentences = sentencesOf(await spoolStandardInput([text]), sentencePerLine);
  const batches = batchesOf(sentences, model.tokenizer, { maxTokens: MAX_TOKENS, seed: 1 });
  await print(`${JSON.stringify(await evaluate(model, batches))}\n`);
  model.dispose();
}
