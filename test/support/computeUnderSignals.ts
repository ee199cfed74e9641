import { createHash } from 'node:crypto';
import { lastValueFrom } from 'rxjs';
import { sample } from '../../src/decoding/sample.js';
import { LanguageModel } from '../../src/model/LanguageModel.js';
import type { Batch } from '../../src/pipeline/Batch.js';
import { epochs } from '../../src/pipeline/epochs.js';
import { pipeline } from '../../src/pipeline/pipeline.js';
import { random } from '../../src/random.js';
import { CharacterTokenizer } from '../../src/text/CharacterTokenizer.js';
import { adam } from '../../src/training/adam.js';
import { evaluate } from '../../src/training/evaluate.js';
import { train } from '../../src/training/train.js';

// Trains, evaluates and decodes while signals come: WORKERS STEPS. Prints a checksum of all that came out, and how many
// signals it heard, then waits for the end of its input.

const [workers = '1', steps = '1'] = process.argv.slice(2);
let heard = 0;
for (const signal of ['SIGUSR2', 'SIGWINCH', 'SIGCHLD'] as const) process.on(signal, () => heard++);
process.stdout.write('ready\n');

const tokenizer = new CharacterTokenizer('abcdefghijklmnopqrstuvwxyz ');
const batches = Array.from({ length: Number(steps) }, (_, index): Batch => {
  const [size, length] = [32 + (index % 3) * 16, 20];
  const { bits } = random(index, 'letters');
  const ids = Int32Array.from({ length: size * length }, (_, place) => 3 + ((bits(place) >>> 0) % 27));
  return {
    ids,
    mask: new Float32Array(ids.length).fill(1),
    lengths: new Int32Array(size).fill(length),
    size,
    length,
    tokens: ids.length,
  };
});
const checksum = createHash('sha256');
for (const cell of ['gru', 'lstm'] as const)
  for (const hiddenSize of [64, 512]) {
    const model = new LanguageModel({ cell, tokenizer, hiddenSize, embeddingSize: 32 });
    await lastValueFrom(
      epochs(1, () => pipeline(batches)).pipe(
        train(model, { optimizer: adam({ learningRate: 1e-3 }), clipNorm: 1, workers: Number(workers) }),
      ),
    );
    for (const weight of Object.values(model.weights))
      checksum.update(new Uint8Array(weight.dataSync().slice().buffer));
    checksum.update(JSON.stringify(await evaluate(model, pipeline(batches))));
    for await (const { id } of sample(model, { maxLength: 20 * Number(steps), minLength: 20 * Number(steps) }))
      checksum.update(`${id} `);
    model.dispose();
  }
process.stdout.write(`${JSON.stringify({ checksum: checksum.digest('hex'), heard })}\n`);
for await (const _ of process.stdin);
