import {
  type Batch,
  batchSentences,
  batchWindows,
  evaluate,
  pipeline,
  RunDirectory,
  readDocuments,
  readSentences,
  type Tokenizer,
  tokenizeText,
  useBackend,
} from '../../src/index.js';
import type { EvaluateFlags } from '../evaluate.js';
import type { Invocation } from './Command.js';
import { checkNoSentenceFlags } from './continuousFlags.js';
import { isContinuous } from './isContinuous.js';
import { print } from './print.js';
import { sentenceFlags } from './sentenceFlags.js';
import { spoolStandardInput } from './spoolStandardInput.js';

/** How many time steps are computed at once. */
const WINDOW = 1000;

/** Prints the evaluation of a run's best model on a text, as a line of JSON. */
export async function evaluateModel(flags: EvaluateFlags, { stdin, stdout, typed }: Invocation): Promise<void> {
  if (flags.backend) await useBackend(flags.backend);
  const model = await RunDirectory.loadBest(flags.run);
  try {
    const continuous = isContinuous(flags.run);
    if (continuous) checkNoSentenceFlags(typed, `for ${flags.run}, which learned text that goes on (--continuous)`);
    const files = await spoolStandardInput([flags.text], stdin, flags);
    const batches = continuous
      ? oneRow(files, flags, model.tokenizer)
      : batchSentences(readSentences(files, sentenceFlags(flags)), model.tokenizer);
    const evaluation = await evaluate(model, batches);
    // What models of different tokenizers are compared by.
    const natsPerCharacter = evaluation.bitsPerCharacter * Math.LN2;
    await print(stdout, `${JSON.stringify({ ...evaluation, natsPerCharacter })}\n`);
  } finally {
    model.dispose();
  }
}

/** Text that goes on, read by one row from its beginning to its end: the exact measure. */
function oneRow(
  files: readonly string[],
  { field, format, onBad }: EvaluateFlags,
  tokenizer: Tokenizer,
): AsyncIterable<Batch> {
  const windows = batchWindows(tokenizer, { size: 1, length: WINDOW, run: Infinity });
  return pipeline(readDocuments(files, { field, format, onBad }), tokenizeText(tokenizer), windows);
}
