import { batchSentences, evaluate, RunDirectory, readSentences, useBackend } from '../../src/index.js';
import type { EvaluateFlags } from '../evaluate.js';
import type { Invocation } from './Command.js';
import { print } from './print.js';
import { sentenceFlags } from './sentenceFlags.js';
import { spoolStandardInput } from './spoolStandardInput.js';

/** Prints the evaluation of a run's best model on a text, as a line of JSON. */
export async function evaluateModel(flags: EvaluateFlags, { stdin, stdout }: Invocation): Promise<void> {
  if (flags.backend) await useBackend(flags.backend);
  const model = await RunDirectory.loadBest(flags.run);
  try {
    const sentences = readSentences(await spoolStandardInput([flags.text], stdin, flags), sentenceFlags(flags));
    const batches = batchSentences(sentences, model.tokenizer);
    await print(stdout, `${JSON.stringify(await evaluate(model, batches))}\n`);
  } finally {
    model.dispose();
  }
}
