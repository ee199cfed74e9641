import { batchSentences, evaluate, readSentences } from '../../src/index.js';
import { print } from './print.js';
import { RunDirectory } from './RunDirectory.js';
import { spoolStandardInput } from './spoolStandardInput.js';

/** The flags of `npm run evaluate`, as commander gives them. */
export interface EvaluateFlags {
  readonly run: string;
  readonly text: string;
  readonly sentencePerLine: boolean;
}

/** Prints the evaluation of a run's best model on a text, as a line of JSON. */
export async function evaluateModel({ run, text, sentencePerLine }: EvaluateFlags): Promise<void> {
  const model = await RunDirectory.loadBest(run);
  const sentences = readSentences(await spoolStandardInput([text]), { sentencePerLine });
  const batches = batchSentences(sentences, model.tokenizer);
  await print(`${JSON.stringify(await evaluate(model, batches))}\n`);
  model.dispose();
}
