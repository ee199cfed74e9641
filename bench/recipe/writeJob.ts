import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { preparedText } from '../../scripts/cli/preparedText.js';
import type { TrainFlags } from '../../scripts/cli/TrainFlags.js';
import { type Batch, cellOf, pipeline } from '../../src/index.js';

/** Epochs that are written at most; then they begin again. */
const EPOCHS = 40;
/** More tokens than two slow or fast cores read in a second with hundreds of units: no more are written. */
const TOKENS_PER_SECOND = 50_000;

/**
 * Writes what a peer needs to train by the recipe of these flags, and gives the directory: `job.json`, `train.bin` and `valid.bin`, in which
 * each batch is int32: size, length, the length of each row, and its ids, `length × size`.
 */
export async function writeJob(directory: string, flags: TrainFlags, minutes: number): Promise<string> {
  const { tokenizer, batches, validBatches, size } = await preparedText(flags, process);
  const most = minutes * 60 * TOKENS_PER_SECOND;
  let tokens = 0;
  const train = openSync(join(directory, 'train.bin'), 'w');
  for (let epoch = 0; epoch < EPOCHS && tokens < most; epoch++)
    for await (const batch of pipeline(batches(epoch))) {
      writeBatch(train, batch);
      tokens += batch.tokens;
    }
  closeSync(train);
  const valid = openSync(join(directory, 'valid.bin'), 'w');
  for await (const batch of validBatches) writeBatch(valid, batch);
  closeSync(valid);
  const { torch, bias } = cellOf(flags.cell);
  const job = {
    ...{ module: torch?.module, bias, vocabularySize: tokenizer.vocabularySize, eosId: tokenizer.eosId },
    ...{ hiddenSize: flags.hidden, embeddingSize: flags.embedding, layers: flags.layers, dropout: flags.dropout },
    ...{ risingEpochs: flags.dropoutEpochs ?? 0, batchesAnEpoch: size.train.batches },
    ...{
      minutes,
      learningRate: flags.learningRate,
      warmup: flags.warmup,
      finalRate: flags.finalRate,
      beta2: flags.beta2,
      weightDecay: flags.weightDecay ?? 0,
    },
    ...{ clipNorm: flags.clip, average: flags.average, seed: flags.seed, validCharacters: size.valid.characters },
  };
  writeFileSync(join(directory, 'job.json'), JSON.stringify(job));
  return directory;
}

function writeBatch(file: number, { size, length, lengths, ids }: Batch): void {
  for (const numbers of [Int32Array.of(size, length), lengths, ids]) writeFileSync(file, numbers);
}
