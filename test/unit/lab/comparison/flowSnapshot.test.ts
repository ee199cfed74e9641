import test from 'ava';
import { flowSnapshot } from '../../../../src/lab/comparison/flowSnapshot.js';
import { significant } from '../../../../src/lab/comparison/significant.js';
import { gradientFlow } from '../../../../src/lab/gradientFlow.js';
import { referenceBatch } from '../../../reference/weights.js';
import { smallModel } from '../../../support/languageModels.js';
import { leftBehind, nothing } from '../../../support/memory.js';

const shape = { cell: 'lstm', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 } as const;
const batch = referenceBatch(shape, [6, 5, 6], 5);

for (const [cell, names] of [
  ['rnn', ['state', 'loss', 'powers', 'eigenvalues']],
  ['lstm', ['state', 'loss', 'hidden→hidden', 'memory→hidden', 'hidden→memory', 'memory→memory']],
  ['gru', ['state', 'loss']],
] as const)
  test.serial(`${cell}: the curves are ${names.join(', ')}, from k = 0, of finite numbers`, async (t) => {
    const model = smallModel({ cell });
    const { when, curves } = await flowSnapshot(model, batch, 'before training');
    const flow = await gradientFlow(model, batch);
    model.dispose();
    t.is(when, 'before training');
    t.deepEqual(
      curves.map(({ of }) => of),
      [...names],
    );
    for (const { values, errors } of curves) {
      t.is(values.length, flow.length);
      t.true([...values, ...errors].every(Number.isFinite));
    }
    t.deepEqual(
      curves[0]?.values,
      flow.map(({ state }) => significant(state.norm)),
    );
  });

test.serial(
  'a block is named from the earlier part to the later: at k = 1, memory passes to memory by the forget gate',
  async (t) => {
    const model = smallModel({ cell: 'lstm' });
    const { curves } = await flowSnapshot(model, batch, 'after training');
    model.dispose();
    const flowOf = (name: string): number | undefined => curves.find(({ of }) => of === name)?.values[0];
    // At k = 0 each part is itself: the norm of an identity of four rows.
    t.deepEqual(['hidden→hidden', 'memory→hidden', 'hidden→memory', 'memory→memory'].map(flowOf), [2, 0, 0, 2]);
  },
);

test.serial('no tensor is left behind', async (t) => {
  const model = smallModel({ cell: 'rnn' });
  await flowSnapshot(model, batch, 'before training');
  t.deepEqual(await leftBehind(() => flowSnapshot(model, batch, 'before training')), nothing);
  model.dispose();
});
