import test from 'ava';
import { lastValueFrom, of, tap } from 'rxjs';
import { InspectionError } from '../../../../src/errors.js';
import type { GateHistogram } from '../../../../src/lab/comparison/Comparison.js';
import { gateHistograms } from '../../../../src/lab/comparison/gateHistograms.js';
import { adam } from '../../../../src/training/adam.js';
import type { TrainingStep } from '../../../../src/training/TrainingStep.js';
import { train } from '../../../../src/training/train.js';
import { referenceBatch } from '../../../reference/weights.js';
import { setWeight, smallModel } from '../../../support/languageModels.js';

const shape = { cell: 'lstm', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 } as const;
/** Nine tokens and three places of padding. */
const batch = referenceBatch(shape, [4, 2, 3], 5);

async function histogramsOf(model: ReturnType<typeof smallModel>): Promise<GateHistogram[]> {
  let found: GateHistogram[] = [];
  await lastValueFrom(
    of(batch).pipe(
      train(model, { optimizer: adam() }),
      tap((step) => (found = gateHistograms(step))),
    ),
  );
  return found;
}
const total = ({ counts }: GateHistogram): number => counts.reduce((sum, count) => sum + count, 0);

for (const [cell, gates] of [
  ['rnn', ['hidden']],
  ['lstm', ['forget', 'input', 'output', 'candidate', 'hidden', 'memory']],
  ['gru', ['update', 'reset', 'candidate', 'hidden']],
] as const)
  test.serial(
    `${cell}: each gate of each layer has the values of every unmasked position, padding not counted`,
    async (t) => {
      const model = smallModel({ cell, layers: 2 });
      const histograms = await histogramsOf(model);
      model.dispose();
      t.deepEqual(
        histograms.map(({ layer, gate }) => [layer, gate]),
        [0, 1].flatMap((layer) => gates.map((gate) => [layer, gate])),
      );
      for (const histogram of histograms) t.is(total(histogram), 9 * 4);
    },
  );

test.serial('a gate that is held shut or open by its bias is counted in the first or the last bin', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  for (const name of ['layers.0.inputWeights', 'layers.0.recurrentWeights'])
    setWeight(model, name, new Float32Array(model.weights[name]?.size ?? 0));
  // Forget shut, input open, output half open, candidate −1.
  setWeight(
    model,
    'layers.0.bias',
    [-50, 50, 0.001, -50].flatMap((bias) => [bias, bias, bias, bias]),
  );
  const histograms = await histogramsOf(model);
  model.dispose();
  const binOf = (gate: string): number | undefined =>
    histograms.find((histogram) => histogram.gate === gate)?.counts.indexOf(36);
  t.deepEqual(['forget', 'input', 'output', 'candidate'].map(binOf), [0, 39, 20, 0]);
  // Memory −1 of −10 to 10, hidden tanh(−1)/2 = −0.38 of −1 to 1.
  t.deepEqual(['memory', 'hidden'].map(binOf), [18, 12]);
});

test.serial('a step that has been emitted has no histograms any more', async (t) => {
  const model = smallModel({ cell: 'gru' });
  const kept: TrainingStep = await lastValueFrom(of(batch).pipe(train(model, { optimizer: adam() })));
  t.throws(() => gateHistograms(kept), { instanceOf: InspectionError });
  model.dispose();
});
