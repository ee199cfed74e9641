import test from 'ava';
import { from, lastValueFrom, toArray } from 'rxjs';
import { InvalidArgumentError, SourceError } from '../../../../src/errors.js';
import { measureTraining } from '../../../../src/lab/comparison/measureTraining.js';
import { significant } from '../../../../src/lab/comparison/significant.js';
import type { Batch } from '../../../../src/pipeline/Batch.js';
import { adam } from '../../../../src/training/adam.js';
import { evaluate } from '../../../../src/training/evaluate.js';
import { train } from '../../../../src/training/train.js';
import { referenceBatch } from '../../../reference/weights.js';
import { smallModel } from '../../../support/languageModels.js';
import { leftBehind, nothing } from '../../../support/memory.js';

const shape = { cell: 'lstm', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 } as const;
const batchOf = (seed: number): Batch => referenceBatch(shape, [4, 2, 3], seed);

/** An epoch of three batches. */
async function* batches(epoch: number): AsyncGenerator<Batch> {
  for (let index = 0; index < 3; index++) yield batchOf(10 * epoch + index);
}
const validBatches = { [Symbol.asyncIterator]: () => batches(100) };
const options = { batches, validBatches, evaluateEvery: 2, clipNorm: 1 };

test.serial('loss and gradient norm of every step are those of a training without measurements', async (t) => {
  const measured = smallModel({ cell: 'lstm' });
  const { steps } = await measureTraining(measured, { ...options, optimizer: adam(), until: { epochs: 2 } });
  measured.dispose();
  const plain = smallModel({ cell: 'lstm' });
  const all = [0, 1, 2, 10, 11, 12].map(batchOf);
  const expected = await lastValueFrom(from(all).pipe(train(plain, { optimizer: adam(), clipNorm: 1 }), toArray()));
  plain.dispose();
  t.deepEqual(
    steps.loss,
    expected.map(({ loss }) => significant(loss)),
  );
  t.deepEqual(
    steps.gradientNorm,
    expected.map(({ gradientNorm }) => significant(gradientNorm)),
  );
  t.deepEqual(
    steps.tokens,
    expected.map(({ tokens }) => tokens),
  );
  t.deepEqual(steps.length, [4, 4, 4, 4, 4, 4]);
  t.deepEqual(
    steps.seconds,
    [...steps.seconds].sort((a, b) => a - b),
  );
});

test.serial(
  'after each round, across epochs, loss and gates are measured; the last validation is of the end',
  async (t) => {
    const model = smallModel({ cell: 'gru' });
    const { validation, gates, steps } = await measureTraining(model, {
      ...options,
      optimizer: adam(),
      until: { epochs: 3 },
    });
    const after = (count: number): number => steps.tokens.slice(0, count).reduce((sum, tokens) => sum + tokens, 0);
    // Nine batches in rounds of two.
    t.deepEqual(
      validation.map(({ tokens }) => tokens),
      [2, 4, 6, 8, 9].map(after),
    );
    t.deepEqual(
      gates.map(({ tokens }) => tokens),
      [1, 3, 5, 7].map(after),
    );
    t.is(validation.at(-1)?.natsPerToken, (await evaluate(model, validBatches)).natsPerToken);
    model.dispose();
  },
);

test.serial('a training of minutes ends with the step that reaches them, and that is measured', async (t) => {
  const model = smallModel({ cell: 'rnn' });
  const { steps, validation, gates } = await measureTraining(model, {
    ...options,
    evaluateEvery: 1e6,
    optimizer: adam(),
    until: { minutes: 0.2 / 60 },
  });
  model.dispose();
  t.true((steps.seconds.at(-1) ?? 0) >= 0.2);
  t.true((steps.seconds.at(-2) ?? 0) < 0.2);
  t.is(validation.length, 1);
  t.is(gates.length, 1);
});

test.serial('every step is shown', async (t) => {
  const model = smallModel({ cell: 'rnn' });
  const seen: number[] = [];
  await measureTraining(model, {
    ...options,
    optimizer: adam(),
    until: { epochs: 1 },
    onStep: ({ step }) => seen.push(step),
  });
  model.dispose();
  t.deepEqual(seen, [0, 1, 2]);
});

test.serial('no tensor is left behind', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const run = () => measureTraining(model, { ...options, optimizer: adam(), until: { epochs: 2 } });
  await run();
  t.deepEqual(await leftBehind(run), nothing);
  model.dispose();
});

test.serial('what cannot be measured is an error', async (t) => {
  const model = smallModel({ cell: 'rnn' });
  const optimizer = adam();
  const invalid = (message: RegExp) => ({ instanceOf: InvalidArgumentError, message });
  await t.throwsAsync(measureTraining(model, { ...options, optimizer, until: {} }), invalid(/epochs, steps, minutes/));
  await t.throwsAsync(measureTraining(model, { ...options, optimizer, until: { epochs: 0 } }), invalid(/epochs/));
  await t.throwsAsync(measureTraining(model, { ...options, optimizer, until: { minutes: 0 } }), invalid(/minutes/));
  await t.throwsAsync(
    measureTraining(model, { ...options, optimizer, until: { epochs: 1 }, evaluateEvery: 0 }),
    invalid(/evaluateEvery/),
  );
  const none = async function* (): AsyncGenerator<Batch> {};
  await t.throwsAsync(measureTraining(model, { ...options, optimizer, until: { epochs: 1 }, batches: none }), {
    instanceOf: SourceError,
  });
  model.dispose();
});
