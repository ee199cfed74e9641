import test from 'ava';
import { InvalidArgumentError, SourceError } from '../../../src/errors.js';
import type { Batch } from '../../../src/pipeline/Batch.js';
import '../../support/backend.js';
import { evaluate } from '../../../src/training/evaluate.js';
import { fitTemperature } from '../../../src/training/fitTemperature.js';
import { referenceBatch } from '../../reference/weights.js';
import { smallModel, variableOf, weightsOf } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';

const shape = { cell: 'lstm', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 } as const;
const batch = referenceBatch(shape, [5, 3], 1);
const batches: AsyncIterable<Batch> = {
  async *[Symbol.asyncIterator]() {
    yield batch;
  },
};

test.serial(
  'of a model that knows only how often ids come, too surely, the temperature is that of the lowest loss',
  async (t) => {
    const model = smallModel({ cell: 'lstm' });
    const counts = new Float32Array(7).fill(0.05);
    for (const [at, id] of batch.ids.entries()) counts[id] = (counts[id] ?? 0) + (batch.mask[at] ?? 0);
    const projection = variableOf(model, 'projection');
    projection.assign(projection.mul(0));
    const bias = variableOf(model, 'projectionBias');
    bias.assign(bias.mul(0).add(Array.from(counts, (count) => 1.4 * Math.log(count))));
    const before = await evaluate(model, batches);
    const temperature = await fitTemperature(model, batches);
    /** The loss at a temperature, in numbers. */
    const lossAt = (by: number): number => {
      const logits = Array.from(counts, (count) => (1.4 * Math.log(count)) / by);
      const all = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
      return batch.ids.reduce((sum, id, at) => sum + (batch.mask[at] ?? 0) * (all - (logits[id] ?? NaN)), 0);
    };
    const grid = Array.from({ length: 200 }, (_, at) => 0.5 + at / 100);
    const lowest = grid.reduce((best, by) => (lossAt(by) < lossAt(best) ? by : best));
    t.true(Math.abs(temperature - lowest) < 0.02, `${temperature}, ${lowest}`);
    t.true((await evaluate(model, batches)).natsPerToken < before.natsPerToken);
    t.true(Math.abs((await fitTemperature(model, batches)) - 1) < 0.02);
    model.dispose();
  },
);

test.serial(
  'weights stay as they were where there is no text, a projection is tied, and no tensor is left',
  async (t) => {
    const model = smallModel({ cell: 'lstm' });
    const before = weightsOf(model);
    async function* none(): AsyncGenerator<Batch> {}
    await t.throwsAsync(fitTemperature(model, none()), { instanceOf: SourceError });
    t.deepEqual(weightsOf(model), before);
    t.deepEqual(await leftBehind(() => fitTemperature(model, batches)), nothing);
    model.dispose();
    const tied = smallModel({ cell: 'lstm', embeddingSize: 4, hiddenSize: 4, tieWeights: true });
    await t.throwsAsync(fitTemperature(tied, batches), { instanceOf: InvalidArgumentError });
    tied.dispose();
  },
);
