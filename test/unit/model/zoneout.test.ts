import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { equationOf } from '../../../src/cells/equationOf.js';
import { lstm } from '../../../src/cells/lstm.js';
import { withZoneout } from '../../../src/cells/zoneout.js';
import { FileFormatError, InvalidArgumentError } from '../../../src/errors.js';
import { InferenceModel } from '../../../src/inference/InferenceModel.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { sgd } from '../../../src/training/sgd.js';
import { Trainer } from '../../../src/training/Trainer.js';
import '../../support/backend.js';
import { isClose } from '../../support/closeness.js';
import { setWeight, smallModel, totalLoss, weightsOf } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';
import { readSaved, resealed, writeSaved } from '../../support/savedModels.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

const RATES = { hidden: 0.05, memory: 0.5 };
const batch = {
  ids: Int32Array.of(3, 4, 5, 6, 3, 1),
  mask: new Float32Array(6).fill(1),
  lengths: Int32Array.of(6),
  ...{ size: 1, length: 6, tokens: 6 },
};

/** What `next` gives, one time step after the other, for these inputs. */
async function steps(model: Pick<LanguageModel, 'next' | 'free'>, ids: readonly number[]): Promise<number[]> {
  const all: number[] = [];
  let made: Awaited<ReturnType<LanguageModel['next']>> | undefined;
  for (const id of ids) {
    made = await model.next(made?.state, Int32Array.of(made ? 0 : -1), Int32Array.of(id));
    all.push(...made.logProbabilities);
  }
  return all;
}

test.serial('outside of training, so much of each part of the state stays, by hand', async (t) => {
  const [plain, zoned] = [smallModel({ cell: 'lstm' }), smallModel({ cell: 'lstm', zoneout: RATES })];
  t.deepEqual(weightsOf(zoned), weightsOf(plain), 'weights begin as without');
  let state: Awaited<ReturnType<LanguageModel['next']>>['state'] | undefined;
  for (const id of [1, 3, 4, 5]) {
    const read = [Int32Array.of(state ? 0 : -1), Int32Array.of(id)] as const;
    // What a time step makes of the same state without zoneout.
    const without = (await plain.next(state, ...read)).state;
    const after = (await zoned.next(state, ...read)).state;
    for (const [part, rate] of Object.entries(RATES)) {
      const before = state?.layers[0]?.[part] ?? new Float32Array(4);
      const expected = before.map((old, at) => rate * old + (1 - rate) * (without.layers[0]?.[part]?.[at] ?? NaN));
      isClose(t, after.layers[0]?.[part] ?? [], expected, 1e-6, `${part} behind ${id}`);
    }
    state = after;
  }
  plain.dispose();
  zoned.dispose();
});

test.serial('the output is the state with zoneout: with a projection by hand', async (t) => {
  const model = smallModel({ cell: 'gru', zoneout: 0.4 });
  const { logProbabilities, state } = await model.next(undefined, Int32Array.of(-1), Int32Array.of(3));
  const { projection, projectionBias } = weightsOf(model);
  const logits = Array.from({ length: 7 }, (_, id) =>
    (state.layers[0]?.['hidden'] ?? new Float32Array()).reduce(
      (sum, value, row) => sum + value * (projection?.data[row * 7 + id] ?? NaN),
      projectionBias?.data[id] ?? NaN,
    ),
  );
  const all = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
  isClose(
    t,
    logProbabilities,
    logits.map((logit) => logit - all),
    1e-5,
  );
  model.dispose();
});

for (const [cell, zoneout] of [
  ['lstm', RATES],
  ['sru', 0.3],
  ['slstm', { hidden: 0.3 }],
] as const)
  test.serial(
    `${cell}: whole sequences, single steps, and a model that is loaded, by whatever reads it, agree`,
    async (t) => {
      const model = smallModel({ cell, zoneout, layers: 2, initialState: 'learned' });
      setWeight(model, 'projectionBias', [0.1, 0.2, -0.3, 0.4, -0.5, 0.6, -0.7]);
      const inputs = [1, 3, 4, 5, 6, 3];
      const made = await steps(model, inputs);
      const loss = batch.ids.reduce((sum, id, time) => sum - (made[7 * time + id] ?? NaN), 0);
      isClose(t, [totalLoss(model, batch)], [loss], 1e-5);
      const path = await temporaryDirectory(t);
      await model.save(path);
      const saved = JSON.parse(await readFile(join(path, 'config.json'), 'utf8'));
      t.deepEqual(saved.zoneout, zoneout);
      // Other dropout makes no other model.
      const loaded = await LanguageModel.load(path, { dropout: 0.3 });
      t.deepEqual(loaded.config, { ...model.config, dropout: 0.3 });
      t.deepEqual(await steps(loaded, inputs), made);
      const inference = await InferenceModel.load(path);
      isClose(t, await steps(inference as never, inputs), made, 1e-5);
      const plain = smallModel({ cell, layers: 2, initialState: 'learned' });
      t.notDeepEqual(await steps(plain, inputs), made);
      for (const one of [model, loaded, plain]) one.dispose();
    },
  );

test.serial('a model without zoneout says nothing of it', async (t) => {
  for (const zoneout of [undefined, 0]) {
    const model = smallModel({ cell: 'lstm', zoneout });
    t.false('zoneout' in model.config);
    const path = await temporaryDirectory(t);
    await model.save(path);
    t.notRegex(await readFile(join(path, 'config.json'), 'utf8'), /zoneout/);
    model.dispose();
  }
});

test.serial('masks choose in training alone, and leave no tensors', async (t) => {
  const model = smallModel({ cell: 'lstm', zoneout: RATES });
  const [first, again, other] = [0, 0, 1].map((index) => totalLoss(model, batch, { epoch: 0, index }));
  t.is(first, again);
  t.not(first, other);
  t.not(first, totalLoss(model, batch));
  const step = (): void => {
    const trainer = new Trainer(model, { optimizer: sgd() });
    trainer.step(batch);
    t.is(trainer.state().steps, 1);
    trainer.dispose();
  };
  t.deepEqual(await leftBehind(step), nothing);
  model.dispose();
});

test('zoneout that a cell cannot have is refused, in code and in files', async (t) => {
  const refused = { instanceOf: InvalidArgumentError, message: /zoneout/ };
  for (const zoneout of [1, -0.1, Number.NaN, '0.1', null, [0.1], { hidden: 1 }, { state: 0.1 }, { hidden: '0' }])
    t.throws(() => smallModel({ cell: 'lstm', zoneout: zoneout as never }), refused, JSON.stringify(zoneout));
  t.throws(() => smallModel({ cell: 'slstm', zoneout: 0.1 }), { ...refused, message: /stabilizer/ });
  t.throws(() => smallModel({ cell: 'gru', zoneout: RATES }), { ...refused, message: /memory/ });
  const path = await temporaryDirectory(t);
  const model = smallModel({ cell: 'lstm', zoneout: RATES });
  await model.save(path);
  model.dispose();
  const files = await readSaved(path);
  const config = JSON.parse(String(files['config.json']));
  for (const zoneout of [2, { state: 0.1 }, 'much', [0.1]]) {
    const damaged = resealed({ ...files, 'config.json': JSON.stringify({ ...config, zoneout }) });
    const place = await writeSaved(join(await temporaryDirectory(t), 'damaged'), damaged);
    for (const load of [LanguageModel.load, InferenceModel.load])
      await t.throwsAsync(load(place), { instanceOf: FileFormatError, message: /zoneout/ });
  }
  const changed = resealed({ ...files, 'config.json': JSON.stringify({ ...config, zoneout: 0.3 }) });
  const other = await writeSaved(join(await temporaryDirectory(t), 'other'), changed);
  for (const load of [LanguageModel.load, InferenceModel.load])
    await t.throwsAsync(load(other), { instanceOf: FileFormatError }, 'another function than was saved');
});

test('its equation is printed, and models of a cell share what is derived of it', (t) => {
  const sizes = { input: 3, hidden: 4, bias: true };
  const { decoding } = withZoneout(lstm, sizes, RATES);
  t.is(withZoneout(lstm, sizes, { ...RATES }).decoding, decoding);
  t.not(withZoneout(lstm, sizes, 0.5).decoding, decoding);
  const { equation } = equationOf(decoding, 'unicode', sizes);
  t.deepEqual(equation.split('\n').slice(-2), [
    'h_t = h_{t−1} + 0.95 (o_t ⊗ tanh(a_t) − h_{t−1})',
    'C_t = C_{t−1} + 0.5 (a_t − C_{t−1})',
  ]);
});
