import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { cell } from '../../../src/cells/cell.js';
import { gru } from '../../../src/cells/gru.js';
import { FileFormatError } from '../../../src/errors.js';
import { sigmoid, tanh } from '../../../src/graph/functions.js';
import { nativeBackend } from '../../../src/graph/run/tensorflow/nativeBinding.js';
import { type BackendName, useBackend } from '../../../src/model/backend.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { probeIds } from '../../../src/model/Probe.js';
import { referenceBatch } from '../../reference/weights.js';
import { CELLS, coupledPeephole, VARIED_CELLS } from '../../support/cells.js';
import { areClose, isClose } from '../../support/closeness.js';
import { lossAndGradients, setWeight, smallModel, weightsOf } from '../../support/languageModels.js';
import { logProbabilitiesOf, readSaved, resealed, writeSaved } from '../../support/savedModels.js';
import { sweep } from '../../support/sweeps.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

const native = (await useBackend()) === 'tensorflow';

async function pathIn(t: ExecutionContext): Promise<string> {
  return join(await temporaryDirectory(t), 'model');
}

const batch = referenceBatch(
  { cell: 'rnn', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 },
  [5, 3, 9],
);

for (const cell of CELLS)
  test.serial(`${cell.name}: a saved model computes, and learns, what it did, whoever defined its cell`, async (t) => {
    const path = await pathIn(t);
    for (const layers of sweep([1, 2], (count) => count === 2)) {
      const model = smallModel({ cell, layers, initialState: 'learned', bias: true });
      await model.save(path);
      const loaded = await LanguageModel.load(path);
      t.is(loaded.config.cell, cell.name);
      t.deepEqual(loaded.cellRecord, model.cellRecord);
      t.deepEqual(weightsOf(loaded), weightsOf(model));
      isClose(t, await logProbabilitiesOf(loaded, 'abcd'), await logProbabilitiesOf(model, 'abcd'), 1e-6);
      const [theirs, ours] = [lossAndGradients(loaded, batch), lossAndGradients(model, batch)];
      areClose(t, theirs.gradients, ours.gradients, 1e-6, 'gradients');
      for (const of of [model, loaded]) of.dispose();
    }
  });

test.serial('a model of a cell of ours of another version is computed by what is recorded of it', async (t) => {
  const path = await pathIn(t);
  const later = { ...gru, version: 2, trace: coupledLater };
  const model = smallModel({ cell: later });
  await model.save(path);
  const loaded = await LanguageModel.load(path);
  t.is(loaded.config.cell, 'gru');
  t.is(loaded.cell.version, 2);
  t.not(loaded.cell, gru);
  isClose(t, await logProbabilitiesOf(loaded, 'abcd'), await logProbabilitiesOf(model, 'abcd'), 1e-6);
  const now = smallModel({ cell: 'gru' });
  t.notDeepEqual(await logProbabilitiesOf(now, 'abcd'), await logProbabilitiesOf(model, 'abcd'));
  for (const of of [model, loaded, now]) of.dispose();
});

/** A GRU whose output is another. */
function coupledLater(sizes: Parameters<typeof gru.trace>[0]): ReturnType<typeof gru.trace> {
  const traced = gru.trace(sizes);
  return { ...traced, output: traced.output.times(2) };
}

test.serial('a cell whose blocks stand in whatever order is stored as the module of PyTorch that it is', async (t) => {
  const path = await pathIn(t);
  const inOrder = cell({
    name: 'rotated',
    state: ({ hidden }) => ({ hidden, memory: hidden }),
    weights: ({ input, hidden }) => ({
      inputWeights: [input, 4 * hidden],
      recurrentWeights: [hidden, 4 * hidden],
      bias: [4 * hidden],
    }),
    step({ x, hidden: h, memory: C, inputWeights: W, recurrentWeights: U, bias }) {
      const [c, i, f, o] = x.dot(W).plus(bias).plus(h.dot(U)).split(4);
      const memory = sigmoid(f)
        .times(C)
        .plus(sigmoid(i).times(tanh(c)));
      const hidden = sigmoid(o).times(tanh(memory));
      return { output: hidden, state: { hidden, memory } };
    },
    torch: { module: 'LSTM', blocks: [1, 2, 0, 3], negated: [] },
  });
  const model = smallModel({ cell: inOrder, layers: 2 });
  await model.save(path);
  const loaded = await LanguageModel.load(path);
  t.deepEqual(weightsOf(loaded), weightsOf(model));
  const { 'cell.json': _, ...files } = await readSaved(path);
  const { sha256: __, ...config } = JSON.parse(String(files['config.json']));
  const lstm = { ...files, 'config.json': JSON.stringify({ ...config, cell: 'lstm' }) };
  const asLstm = await LanguageModel.load(await writeSaved(await pathIn(t), lstm));
  isClose(t, await logProbabilitiesOf(asLstm, 'abcd'), await logProbabilitiesOf(model, 'abcd'), 1e-6);
  for (const of of [model, loaded, asLstm]) of.dispose();
});

test.serial('twenty loads of a model load no graph that one has not loaded, and share plans', async (t) => {
  const path = await pathIn(t);
  const model = smallModel({ cell: coupledPeephole, layers: 2 });
  await model.save(path);
  model.dispose();
  const load = async (): Promise<LanguageModel> => {
    const loaded = await LanguageModel.load(path);
    await logProbabilitiesOf(loaded, 'abc');
    lossAndGradients(loaded, batch);
    return loaded;
  };
  const first = await load();
  const backend = nativeBackend();
  let sessions = 0;
  if (backend) {
    const { binding } = backend;
    const loadSavedModel = (directory: string, tags: string): number => {
      sessions++;
      return binding.loadSavedModel(directory, tags);
    };
    Object.assign(backend, { binding: Object.create(binding, { loadSavedModel: { value: loadSavedModel } }) });
    t.teardown(() => Object.assign(backend, { binding }));
  }
  for (let time = 0; time < 20; time++) {
    const loaded = await load();
    t.is(loaded.cell, first.cell);
    loaded.dispose();
  }
  t.is(sessions, 0);
  first.dispose();
});

const OTHERS: readonly BackendName[] = native ? ['wasm', 'cpu'] : ['cpu'];
for (const backend of sweep(OTHERS, (_, index) => index === 0))
  test.serial(`${backend}: models of every cell that another backend saved are loaded`, async (t) => {
    const path = await pathIn(t);
    const before = await useBackend();
    for (const cell of sweep(CELLS, (cell) => VARIED_CELLS.includes(cell))) {
      const model = smallModel({ cell, layers: 2 });
      await model.save(path);
      model.dispose();
      await useBackend(backend);
      const loaded = await LanguageModel.load(path);
      t.is(loaded.config.cell, cell.name);
      loaded.dispose();
      await useBackend(before);
    }
  });

test.serial('weights of another model of the same shapes are a FileFormatError that says so', async (t) => {
  const [one, other] = [await pathIn(t), await pathIn(t)];
  for (const [path, seed] of [
    [one, 1],
    [other, 2],
  ] as const) {
    const model = smallModel({ cell: coupledPeephole, seed });
    await model.save(path);
    model.dispose();
  }
  const files = { ...(await readSaved(one)), 'model.safetensors': await readFile(join(other, 'model.safetensors')) };
  const mixed = await writeSaved(await pathIn(t), resealed(files));
  await t.throwsAsync(LanguageModel.load(mixed), {
    instanceOf: FileFormatError,
    message: new RegExp(
      `^Expected ${mixed} to be a saved model: Expected the cell and the weights that were saved, which give id \\d at time step 0`,
    ),
  });
});

test.serial('a model whose numbers are not finite where they are asked for is saved and loaded', async (t) => {
  const path = await pathIn(t);
  const model = smallModel({ cell: 'rnn' });
  setWeight(model, 'projectionBias', [3e38, -3e38, 3e38, -3e38, 3e38, -3e38, 3e38]);
  await model.save(path);
  t.true(JSON.parse(await readFile(join(path, 'cell.json'), 'utf8')).probe.logProbabilities.includes(null));
  (await LanguageModel.load(path)).dispose();
  model.dispose();
});

test('ids that a model is asked for are of its vocabulary, however small, and all over it', (t) => {
  t.deepEqual(probeIds(1), Array(13).fill(0));
  const ids = probeIds(1000);
  t.is(ids.length, 13);
  t.deepEqual(probeIds(1000), ids);
  t.true(Math.min(...ids) < 100 && Math.max(...ids) > 900 && new Set(ids).size === 13);
});

test.serial('a model without cell.json and without checksums is one of a cell of ours', async (t) => {
  const path = await pathIn(t);
  const model = smallModel({ cell: 'gru' });
  await model.save(path);
  model.dispose();
  const { 'cell.json': _, ...files } = await readSaved(path);
  const { sha256: __, ...config } = JSON.parse(String(files['config.json']));
  const without = await writeSaved(await pathIn(t), { ...files, 'config.json': JSON.stringify(config) });
  const loaded = await LanguageModel.load(without);
  t.is(loaded.cell, gru);
  loaded.dispose();
  await writeFile(join(without, 'config.json'), JSON.stringify({ ...config, cell: 'mine' }));
  await t.throwsAsync(LanguageModel.load(without), { instanceOf: FileFormatError, message: /got "mine"/ });
});
