import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { SentencePieceTokenizer } from '../../../src/text/SentencePieceTokenizer.js';
import { referenceWeights } from '../../reference/weights.js';
import { CELLS } from '../../support/cells.js';
import { largestError } from '../../support/closeness.js';
import { cells, modelOf, setWeight, smallModel, variableOf, variantsOf } from '../../support/languageModels.js';
import { runProgram } from '../../support/runProgram.js';
import { logProbabilitiesOf } from '../../support/savedModels.js';

const PYTHON = '.venv/bin/python';
/** A test that is skipped where Python lacks these modules. `npm run bench:peers` makes the virtual environment. */
const withModules = (modules: string): DeclareTest =>
  testWith(`Python with ${modules}`, spawnSync(PYTHON, ['-c', `import ${modules}`]).status === 0);
// Where they are skipped, the fixtures of test/unit/model/torchWeights.test.ts are held all the same.
const withTorch = withModules('safetensors, torch');
const withPieces = withModules('safetensors, sentencepiece, torch');

const folder = mkdtempSync(join(tmpdir(), 'babblebrook-to-torch-'));
test.after.always(() => rm(folder, { recursive: true }));

/** Of each directory, the log-probabilities of a sentence, by docs/load_in_torch.py. */
const READ_ALL = `
import json, sys
sys.path.insert(0, "docs")
from load_in_torch import encode, log_probabilities, load
for directory in sys.argv[2:]:
    _, config = load(directory)
    print(json.dumps(log_probabilities(directory, [*encode(directory, config, sys.argv[1]), config["eosId"]])))
`;

import { fixtureAt } from '../../support/places.js';
import { type DeclareTest, testWith } from '../../support/testWith.js';

withTorch('PyTorch gives a sentence the log-probabilities that we do, within 1e-5: every variant', async (t) => {
  const sentence = 'abcd?a';
  const saved: { variant: string; path: string; expected: number[] }[] = [];
  for (const cell of cells)
    for (const [variant, config, options] of variantsOf(cell)) {
      const path = join(folder, String(saved.length));
      const model = modelOf(config, referenceWeights(config, options));
      await model.save(path);
      saved.push({ variant: `${cell} ${variant}`, path, expected: await logProbabilitiesOf(model, sentence) });
      model.dispose();
    }
  t.is(saved.length, 64);
  const { stdout, stderr } = await runProgram(PYTHON, [
    '-B',
    '-c',
    READ_ALL,
    sentence,
    ...saved.map(({ path }) => path),
  ]);
  const lines = stdout.trimEnd().split('\n');
  t.is(lines.length, saved.length, stderr);
  for (const [index, { variant, expected }] of saved.entries())
    t.true(largestError(JSON.parse(lines[index] ?? ''), expected) < 1e-5, variant);
});

withTorch('PyTorch runs a model of any cell by its equation', async (t) => {
  const sentence = 'abcd?a';
  const saved: { name: string; path: string; expected: number[] }[] = [];
  for (const cell of CELLS)
    for (const layers of [1, 2]) {
      const path = join(folder, `${cell.name}-${layers}`);
      const model = smallModel({ cell, layers, bias: true, initialState: 'learned', seed: layers });
      for (const name of Object.keys(model.weights).filter((name) => /initial|[bB]ias|peepholes/.test(name)))
        setWeight(
          model,
          name,
          Array.from({ length: variableOf(model, name).size }, (_, at) => Math.sin(at + layers)),
        );
      await model.save(path);
      saved.push({ name: `${cell.name} ${layers}`, path, expected: await logProbabilitiesOf(model, sentence) });
      model.dispose();
    }
  const { stdout, stderr } = await runProgram(PYTHON, [
    ...['-B', '-c', READ_ALL, sentence],
    ...saved.map(({ path }) => path),
  ]);
  const lines = stdout.trimEnd().split('\n');
  t.is(lines.length, saved.length, stderr);
  for (const [index, { name, expected }] of saved.entries())
    t.true(largestError(JSON.parse(lines[index] ?? ''), expected) < 1e-5, name);
});

withTorch('PyTorch gives models with zoneout the log-probabilities that we do', async (t) => {
  const sentence = 'abcd?a';
  const saved: { path: string; expected: number[] }[] = [];
  const kinds = [
    { cell: 'lstm', zoneout: { hidden: 0.1, memory: 0.4 } },
    { cell: 'gru', zoneout: 0.3 },
    { cell: 'sru', zoneout: 0.3 },
  ] as const;
  for (const kind of kinds) {
    const path = join(folder, `zoneout-${kind.cell}`);
    const model = smallModel({ ...kind, layers: 2 });
    await model.save(path);
    saved.push({ path, expected: await logProbabilitiesOf(model, sentence) });
    model.dispose();
  }
  const paths = saved.map(({ path }) => path);
  const { stdout, stderr } = await runProgram(PYTHON, ['-B', '-c', READ_ALL, sentence, ...paths]);
  const lines = stdout.trimEnd().split('\n');
  t.is(lines.length, saved.length, stderr);
  for (const [index, { path, expected }] of saved.entries())
    t.true(largestError(JSON.parse(lines[index] ?? ''), expected) < 1e-5, path);
});

withTorch('PyTorch gives a model that was saved as float16 the log-probabilities that we do', async (t) => {
  const sentence = 'abcd?a';
  const saved: { path: string; expected: number[] }[] = [];
  for (const cell of ['lstm', 'gruResetAfter'] as const) {
    const path = join(folder, `half-${cell}`);
    const model = smallModel({ cell, bias: true });
    await model.save(path, { precision: 'float16' });
    model.dispose();
    const loaded = await LanguageModel.load(path);
    saved.push({ path, expected: await logProbabilitiesOf(loaded, sentence) });
    loaded.dispose();
  }
  const paths = saved.map(({ path }) => path);
  const { stdout, stderr } = await runProgram(PYTHON, ['-B', '-c', READ_ALL, sentence, ...paths]);
  const lines = stdout.trimEnd().split('\n');
  t.is(lines.length, saved.length, stderr);
  for (const [index, { path, expected }] of saved.entries())
    t.true(largestError(JSON.parse(lines[index] ?? ''), expected) < 1e-5, path);
});

withTorch('PyTorch gives models of before cells were recorded what was recorded of them then', async (t) => {
  const before = 'test/fixtures/before';
  const { generated } = JSON.parse(readFileSync(join(before, 'expected.json'), 'utf8'));
  const names = Object.keys(generated);
  const paths = names.map((name) => join(before, 'models', name));
  const { stdout, stderr } = await runProgram(PYTHON, ['-B', '-c', READ_ALL, 'we will go home.', ...paths]);
  const lines = stdout.trimEnd().split('\n');
  t.is(lines.length, names.length, stderr);
  for (const [index, name] of names.entries())
    t.true(largestError(JSON.parse(lines[index] ?? ''), generated[name].logProbabilities) < 1e-5, name);
});

withPieces(
  'docs/load_in_torch.py prints id and log-probability of each token, EOS last; word pieces too',
  async (t) => {
    for (const name of ['ours-unigram', 'google-rules']) {
      const path = join(folder, name);
      const tokenizer = await SentencePieceTokenizer.load(fixtureAt(`sentencepiece/${name}.model`));
      const model = new LanguageModel({ cell: 'gru', tokenizer, embeddingSize: 3, hiddenSize: 4 });
      await model.save(path);
      const sentence = 'We will not rest.';
      const expected = await logProbabilitiesOf(model, sentence);
      model.dispose();
      const { stdout, stderr } = await runProgram(PYTHON, ['-B', 'docs/load_in_torch.py', path, sentence]);
      const lines = stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ').map(Number));
      t.deepEqual(
        lines.map(([id]) => id),
        [...tokenizer.encode(sentence), tokenizer.eosId],
        stderr,
      );
      t.true(
        largestError(
          lines.map(([, logProbability]) => logProbability ?? NaN),
          expected,
        ) < 1e-5,
        name,
      );
    }
  },
);
