import test from 'ava';
import { type Cell, cell } from '../../../src/cells/cell.js';
import { cellOfRecord } from '../../../src/cells/cellOfRecord.js';
import { cellOf } from '../../../src/cells/cells.js';
import { hasForgetBias } from '../../../src/cells/hasForgetBias.js';
import { recordCell } from '../../../src/cells/recordCell.js';
import { CellError } from '../../../src/errors.js';
import { oneMinus, sigmoid, tanh } from '../../../src/graph/functions.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { type ModelOptions, weightShapes } from '../../../src/model/ModelConfig.js';
import { CELL_NAMES } from '../../../src/names.js';
import { smallModel } from '../../support/languageModels.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

/** Of a user's own: its forget gate is the second of two blocks of columns. */
const own = cell({
  name: 'own',
  state: ({ hidden }) => ({ h: hidden }),
  weights: ({ input, hidden, forgetBias }) => ({
    W: [input, 2 * hidden],
    b: { shape: [2 * hidden], initial: [0, forgetBias] },
    gain: { shape: [hidden], initial: 1 },
  }),
  step({ x, h, W, b, gain }) {
    const [c, f] = x.dot(W).plus(b).split(2);
    const forget = sigmoid(f);
    const next = forget.times(h).plus(oneMinus(forget).times(tanh(c)).times(gain));
    return { output: next, state: { h: next }, gates: { forget } };
  },
});

const SIZES = { input: 3, hidden: 4, bias: true };

/** What a weight of the first layer begins with. */
function beginning(options: ModelOptions, name: string): number[] {
  const model = smallModel({ hiddenSize: 2, ...options });
  const values = [...(model.weights[`layers.0.${name}`]?.dataSync() ?? [])];
  model.dispose();
  return values;
}

test('with a forgetBias, the bias of the forget gate begins with it, and nothing else changes', (t) => {
  t.deepEqual(beginning({ cell: 'lstm', forgetBias: 1 }, 'bias'), [1, 1, 0, 0, 0, 0, 0, 0]);
  t.deepEqual(beginning({ cell: 'lstm' }, 'bias'), [0, 0, 0, 0, 0, 0, 0, 0]);
  t.deepEqual(beginning({ cell: own, forgetBias: -0.5 }, 'b'), [0, 0, -0.5, -0.5]);
  for (const name of ['inputWeights', 'recurrentWeights'])
    t.deepEqual(beginning({ cell: 'lstm', forgetBias: 1 }, name), beginning({ cell: 'lstm' }, name));
});

test('a matrix can begin with a number in each block of columns, too', (t) => {
  const mine = cell({
    name: 'mine',
    state: ({ hidden }) => ({ h: hidden }),
    weights: ({ input, hidden }) => ({ W: { shape: [input, 2 * hidden], initial: [2, 3] } }),
    step({ x, h, W }) {
      const [a, b] = x.dot(W).split(2);
      const next = h.times(a).plus(b);
      return { output: next, state: { h: next } };
    },
  });
  t.deepEqual(beginning({ cell: mine, embeddingSize: 2 }, 'W'), [2, 2, 3, 3, 2, 2, 3, 3]);
});

test('these cells have a bias of the forget gate, and others do not', (t) => {
  t.deepEqual(
    CELL_NAMES.filter((name) => hasForgetBias(name)),
    [
      ...['coupledLstm', 'layerNormLstm', 'lstm', 'minLstm', 'multiplicativeIntegrationLstm'],
      ...['peepholeLstm', 'slstm', 'sru', 'ugrnn'],
    ],
  );
  t.true(hasForgetBias(own));
  t.false(hasForgetBias(cellOf('lstm'), { ...SIZES, bias: false }));
});

test('a cell that was recorded has the forgetBias that it was recorded with, and no other', (t) => {
  const record = recordCell(own, [{ ...SIZES, forgetBias: 1 }]);
  const again = cellOfRecord(JSON.parse(JSON.stringify(record)));
  t.not(again, own);
  t.deepEqual(again.weights({ ...SIZES, forgetBias: 1 }), own.weights({ ...SIZES, forgetBias: 1 }));
  t.throws(() => again.weights(SIZES), {
    instanceOf: CellError,
    message: 'Expected the forgetBias that the cell own was recorded with, 1, got 0',
  });
  t.true(hasForgetBias(again, SIZES));
});

test('a record without a forgetBias is what it was before there was one', (t) => {
  for (const of of [own, cellOf('lstm')]) {
    const [layer] = recordCell(of, [{ ...SIZES, forgetBias: 0 }]).layers;
    t.deepEqual(layer?.sizes, SIZES);
    t.deepEqual(Object.keys(layer?.initial ?? {}), of === own ? ['gain'] : []);
  }
});

for (const of of [own, cellOf('lstm')] as Cell[])
  test(`${of.name}: a model is saved with its forgetBias, and loaded with it`, async (t) => {
    const path = await temporaryDirectory(t);
    const model = smallModel({ cell: of, layers: 2, forgetBias: 1.5 });
    await model.save(path);
    const loaded = await LanguageModel.load(path);
    t.is(loaded.config.forgetBias, 1.5);
    t.deepEqual(loaded.config, model.config);
    t.deepEqual(loaded.cellRecord, model.cellRecord);
    t.is(loaded.cell === of, of !== own);
    const { vocabularySize } = model.tokenizer;
    t.deepEqual(
      weightShapes(loaded.cell, loaded.config, vocabularySize),
      weightShapes(of, model.config, vocabularySize),
    );
    for (const one of [model, loaded]) one.dispose();
  });
