import { totalmem } from 'node:os';
import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import { memoryLimit } from '../../../src/memory.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { ModelOptions } from '../../../src/model/ModelConfig.js';
import { checkModelSize, checkTrainingSize, trainingBytes } from '../../../src/model/memory.js';
import { parameterCount } from '../../../src/model/parameterCount.js';
import { checkSavedSize } from '../../../src/model/savedSize.js';
import { adam } from '../../../src/training/adam.js';
import { sgd } from '../../../src/training/sgd.js';
import { train } from '../../../src/training/train.js';
import { smallModel, tokenizerOfSize } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';

const SMALL: ModelOptions = { cell: 'gru', embeddingSize: 3, hiddenSize: 4 };

test.serial('the memory that there is is no more than the machine has', (t) => {
  t.true(memoryLimit() > 0);
  t.true(memoryLimit() <= totalmem());
});

const TOO_LARGE: Omit<ModelOptions, 'cell'>[] = [
  { hiddenSize: 1e9 },
  { hiddenSize: 1e5, layers: 1000 },
  { hiddenSize: Number.MAX_SAFE_INTEGER, layers: 1000 },
  { embeddingSize: 1e12 },
  { embeddingSize: 1e9, hiddenSize: 1e5 },
];
for (const options of TOO_LARGE)
  test.serial(`a model of ${JSON.stringify(options)} is refused before anything large is made`, async (t) => {
    const left = await leftBehind(() =>
      t.throws(() => new LanguageModel({ cell: 'gru', tokenizer: tokenizerOfSize(7), ...options }), {
        instanceOf: InvalidArgumentError,
        message:
          /^Expected a model that fits into [\d.,]+ [kMGT]B of memory, got one that takes at least [\d.,e+]+ [TPE]B: gru/,
      }),
    );
    t.deepEqual(left, nothing);
  });

test.serial('a model of endless ids is refused before anything large is made', (t) => {
  const tokenizer = Object.create(tokenizerOfSize(7), { vocabularySize: { value: 1e15 } });
  t.throws(() => new LanguageModel({ ...SMALL, tokenizer }), { message: /^Expected a model that fits into/ });
});

test.serial('a model may take all the memory that there is, and no byte more', (t) => {
  const bytes = 4 * parameterCount(SMALL, 7);
  t.notThrows(() => checkModelSize(SMALL, 7, bytes));
  t.throws(() => checkModelSize(SMALL, 7, bytes - 1), {
    instanceOf: InvalidArgumentError,
    message: `Expected a model that fits into ${bytes - 1} bytes of memory, got one that takes at least ${bytes} bytes: gru, 1 × 4 hidden, 3 a token, 7 ids, ${bytes / 4} parameters`,
  });
});

test.serial('a weight of more numbers than a typed array holds is refused, whatever memory there is', (t) => {
  t.throws(() => checkModelSize({ cell: 'rnn', hiddenSize: 2 ** 16 + 1 }, 7, 1e15), {
    instanceOf: InvalidArgumentError,
    message: /numbers each, got layers\.0\.recurrentWeights of 65537 × 65537$/,
  });
  t.notThrows(() => checkModelSize({ cell: 'rnn', hiddenSize: 2 ** 16 }, 7, 1e15));
});

test.serial('training takes weights, gradients, slots, and what is kept of the largest batch', (t) => {
  const parameters = parameterCount(SMALL, 7);
  t.is(trainingBytes(SMALL, 7, { slots: 0 }), 4 * 2 * parameters);
  t.is(trainingBytes(SMALL, 7), 4 * 4 * parameters);
  // A GRU keeps five hidden sizes of a time step, two more are needed, and the embedding.
  t.is(trainingBytes(SMALL, 7, { batchTokens: 10 }), 4 * (4 * parameters + 10 * (4 * 7 + 3)));
  // The second worker has weights, gradients and a copy of these; the weights go there through one copy; and itself.
  t.is(trainingBytes(SMALL, 7, { workers: 2 }), 4 * 8 * parameters + 1e8);
});

test.serial('a training that fits is let through; one whose batches are too large is told their size', (t) => {
  const size = { batchTokens: 1000, workers: 2 };
  const bytes = trainingBytes(SMALL, 7, size);
  t.notThrows(() => checkTrainingSize(SMALL, 7, size, bytes));
  t.throws(() => checkTrainingSize(SMALL, 7, size, bytes - 1), {
    instanceOf: InvalidArgumentError,
    message: /got one that takes, to be trained by 2 workers on batches of 1,000 tokens, at least/,
  });
  t.throws(() => checkTrainingSize(SMALL, 7, size, trainingBytes(SMALL, 7, { workers: 2 }) - 1), {
    instanceOf: InvalidArgumentError,
    message: /got one that takes, to be trained by 2 workers, at least/,
  });
});

test.serial('train refuses an optimizer whose slots have no room in memory', (t) => {
  const model = smallModel({ cell: 'gru' });
  const endless = { ...sgd(), slots: Array.from({ length: 5e5 }, String) };
  const config = { ...model.config, hiddenSize: 4000 };
  t.throws(() => train(Object.assign(Object.create(model), { config }), { optimizer: endless }), {
    instanceOf: InvalidArgumentError,
    message: /^Expected a model that fits into .*to be trained/,
  });
  t.notThrows(() => train(model, { optimizer: adam() }));
  model.dispose();
});

test.serial('a model that could not be loaded again is not one to be saved', (t) => {
  t.is(checkSavedSize(SMALL, 7), parameterCount(SMALL, 7));
  const large: ModelOptions = { cell: 'gru', hiddenSize: 8000 };
  t.notThrows(() => checkSavedSize(large, 86));
  t.throws(() => checkSavedSize(large, 86, 3), {
    instanceOf: InvalidArgumentError,
    message:
      /^Expected a model whose checkpoints have at most 2\.15 GB, what can be read again, got one of 194,\d+,\d+ parameters and 2\.33 GB$/,
  });
});
