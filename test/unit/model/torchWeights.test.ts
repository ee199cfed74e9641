import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { cellOf } from '../../../src/cells/cells.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { type ModelConfig, modelConfig, weightShapes } from '../../../src/model/ModelConfig.js';
import { decodeSafetensors, type StoredTensor } from '../../../src/model/safetensors.js';
import { fromTorch, torchShapes, toTorch } from '../../../src/model/torchWeights.js';
import { referenceWeights } from '../../reference/weights.js';
import { isClose } from '../../support/closeness.js';
import { cells, modelOf, tokenizerOfSize, variantsOf } from '../../support/languageModels.js';
import { fixtureAt } from '../../support/places.js';
import { logProbabilitiesOf, readSaved, writeSaved } from '../../support/savedModels.js';

interface TorchModel {
  readonly config: ModelConfig;
  readonly ids: readonly number[];
  readonly logProbabilities: readonly number[];
}

const fixtures = fixtureAt('torch/');
const torchModels: Record<string, TorchModel> = JSON.parse(readFileSync(new URL('models.json', fixtures), 'utf8'));
const checkpoint = (name: string): Buffer => readFileSync(new URL(`models/${name}.safetensors`, fixtures));

const folder = mkdtempSync(join(tmpdir(), 'babblebrook-torch-'));
test.after.always(() => rm(folder, { recursive: true }));
const tokenizer = tokenizerOfSize(7);

/** A PyTorch checkpoint as whoever made it would lay it out by hand. */
async function directoryOf(name: string, { config }: TorchModel): Promise<string> {
  return writeSaved(join(folder, name), {
    'config.json': JSON.stringify({
      format: 'babblebrook language model 1',
      tokenizer: 'tokenizer.json',
      eosId: 1,
      ...config,
    }),
    'model.safetensors': checkpoint(name),
    'tokenizer.json': JSON.stringify(tokenizer),
  });
}

for (const [name, torchModel] of Object.entries(torchModels))
  test(`${name}: a checkpoint of PyTorch is a model with the same log-probabilities, and is saved as it was`, async (t) => {
    const { ids, logProbabilities, config } = torchModel;
    const model = await LanguageModel.load(await directoryOf(name, torchModel));
    const sentence = tokenizer.decode(ids).padStart(ids.length - 1, '?');
    isClose(t, await logProbabilitiesOf(model, sentence), logProbabilities, 1e-6);

    const path = join(folder, `${name}-again`);
    await model.save(path);
    model.dispose();
    const theirs = decodeSafetensors(checkpoint(name), name).tensors;
    const ours = decodeSafetensors((await readSaved(path))['model.safetensors'] ?? Buffer.of(), path).tensors;
    t.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort());
    for (const [key, tensor] of ours) {
      t.deepEqual(tensor.shape, theirs.get(key)?.shape, key);
      if (!key.includes('bias_')) t.deepEqual(tensor.values, theirs.get(key)?.values, key);
    }
    // Two biases that PyTorch adds are one of ours; their sum is kept.
    for (const layer of config.bias ? Array.from({ length: config.layers }, (_, index) => index) : [])
      t.deepEqual(biasSum(ours, layer), biasSum(theirs, layer));
  });

function biasSum(tensors: ReadonlyMap<string, StoredTensor>, layer: number): Float32Array | undefined {
  const other = tensors.get(`rnn.bias_hh_l${layer}`)?.values;
  return tensors.get(`rnn.bias_ih_l${layer}`)?.values.map((value, at) => value + (other?.[at] ?? NaN));
}

for (const cell of cells)
  test(`${cell}: weights go to PyTorch's layout and back, bit for bit, and shapes are as listed`, (t) => {
    for (const [variant, reference, options] of variantsOf(cell)) {
      const model = modelOf(reference, referenceWeights(reference, options));
      const weights = new Map(
        Object.entries(model.weights).map(([name, variable]) => [
          name,
          { shape: variable.shape, values: variable.dataSync() as Float32Array },
        ]),
      );
      const { cell, config } = model;
      model.dispose();
      const tensors = toTorch(cell, config, weights);
      const shapes = Array.from(tensors, ([name, { shape }]) => [name, shape] as const);
      t.deepEqual(shapes, [...torchShapes(cell, config, 7)], variant);
      t.deepEqual(fromTorch(cell, config, tensors), weights, variant);
    }
  });

test("a GRU's blocks r, z, n of PyTorch are our z, r, n, with z negated", (t) => {
  const config = modelConfig({ cell: 'gruResetAfter', embeddingSize: 1, hiddenSize: 1, bias: true });
  const tensor = (shape: number[], ...values: number[]) => ({ shape, values: Float32Array.from(values) });
  const tensors = toTorch(
    cellOf('gruResetAfter'),
    config,
    new Map([
      ['embedding', tensor([2, 1], 1, 2)],
      ['layers.0.inputWeights', tensor([1, 3], 10, 20, 30)],
      ['layers.0.recurrentWeights', tensor([1, 3], 11, 21, 31)],
      ['layers.0.bias', tensor([3], 12, 22, 32)],
      ['layers.0.recurrentBias', tensor([1], 33)],
      ['projection', tensor([1, 2], 3, 4)],
      ['projectionBias', tensor([2], 5, 6)],
    ]),
  );
  t.deepEqual(Object.fromEntries(Array.from(tensors, ([name, { values }]) => [name, [...values]])), {
    'embedding.weight': [1, 2],
    'rnn.weight_ih_l0': [20, -10, 30],
    'rnn.weight_hh_l0': [21, -11, 31],
    'rnn.bias_ih_l0': [22, -12, 32],
    'rnn.bias_hh_l0': [0, 0, 33],
    'output.weight': [3, 4],
    'output.bias': [5, 6],
  });
});

test("an LSTM's blocks i, f, g, o of PyTorch are our f, i, o, g, and matrices are transposed", (t) => {
  const config = modelConfig({ cell: 'lstm', embeddingSize: 2, hiddenSize: 1, bias: false });
  const cell = cellOf('lstm');
  const weights = new Map(
    Array.from(weightShapes(cell, config, 1), ([name, shape]) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (name === 'layers.0.inputWeights') values.set([10, 20, 30, 40, 11, 21, 31, 41]);
      return [name, { shape, values }] as const;
    }),
  );
  const { shape, values } = toTorch(cell, config, weights).get('rnn.weight_ih_l0') ?? {};
  t.deepEqual(shape, [4, 2]);
  t.deepEqual([...(values ?? [])], [20, 21, 10, 11, 40, 41, 30, 31]);
});
