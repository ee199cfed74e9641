import { mkdtempSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Cell, cell as makeCell } from '../../../src/cells/cell.js';
import { type CellRecord, recordCell } from '../../../src/cells/recordCell.js';
import { score } from '../../../src/decoding/score.js';
import { FileFormatError, FileWriteError, InvalidArgumentError, NonFiniteError } from '../../../src/errors.js';
import type { Expression } from '../../../src/graph/Expression.js';
import { InferenceModel } from '../../../src/inference/InferenceModel.js';
import { fromFloat16, toFloat16 } from '../../../src/model/float16.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { layerSizes, modelConfig, weightShapes } from '../../../src/model/ModelConfig.js';
import { saveModelDirectory } from '../../../src/model/modelDirectory.js';
import type { Probe } from '../../../src/model/Probe.js';
import { decodeSafetensors, encodeSafetensors } from '../../../src/model/safetensors.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { SentencePieceTokenizer } from '../../../src/text/SentencePieceTokenizer.js';
import type { Tokenizer } from '../../../src/text/Tokenizer.js';
import { tf } from '../../../src/tf.js';
import { referenceWeights } from '../../reference/weights.js';
import { byteTokenizer } from '../../support/byteTokenizer.js';
import { DAMAGES, type Damaged, damagedBytes } from '../../support/damages.js';
import fc from '../../support/fastCheck.js';
import {
  cells,
  modelOf,
  setWeight,
  smallModel,
  variableOf,
  variantsOf,
  weightsOf,
} from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';
import { fixtureAt } from '../../support/places.js';
import { runProgram } from '../../support/runProgram.js';
import { readSaved, resealed, type SavedFiles, writeSaved } from '../../support/savedModels.js';
import { everyFifth, sweep, sweepOf } from '../../support/sweeps.js';

const folder = mkdtempSync(join(tmpdir(), 'babblebrook-model-'));
test.after.always(() => rm(folder, { recursive: true }));

let models = 0;
const newPath = (): string => join(folder, `model-${models++}`);

/** The files of a saved model. */
let saved: Readonly<Record<string, Buffer>> = {};
test.before(async () => {
  const path = newPath();
  const model = smallModel({ cell: 'lstm', layers: 2, initialState: 'learned' });
  await model.save(path);
  model.dispose();
  saved = await readSaved(path);
});

// ── Round trips ──

for (const cell of cells)
  test(`${cell}: a model that was saved and loaded is the same, bit for bit`, async (t) => {
    for (const [variant, config, options] of sweep(variantsOf(cell), everyFifth)) {
      const path = newPath();
      const model = modelOf(config, referenceWeights(config, options));
      await model.save(path);
      const loaded = await LanguageModel.load(path);
      t.deepEqual(loaded.config, model.config, variant);
      t.deepEqual(loaded.tokenizer.toJSON(), model.tokenizer.toJSON(), variant);
      t.deepEqual(weightsOf(loaded), weightsOf(model), variant);
      model.dispose();
      loaded.dispose();
    }
  });

test('every part of the configuration is kept', async (t) => {
  const path = newPath();
  const model = new LanguageModel({
    cell: 'gru',
    tokenizer: new CharacterTokenizer('Ünï“çödé” 🙂'),
    embeddingSize: 5,
    hiddenSize: 5,
    layers: 3,
    dropout: 0.25,
    tieWeights: true,
    initialState: 'learned',
    bias: true,
    seed: -3,
  });
  await model.save(path);
  const loaded = await LanguageModel.load(path);
  t.deepEqual(loaded.config, model.config);
  t.deepEqual(loaded.tokenizer.encode('ç🙂ö'), model.tokenizer.encode('ç🙂ö'));
  model.dispose();
  loaded.dispose();
});

test('extreme weights are kept: −0, the smallest and the largest number', async (t) => {
  const path = newPath();
  const model = smallModel({ cell: 'rnn' });
  setWeight(model, 'layers.0.bias', [-0, 2 ** -149, 3.4028234663852886e38, -1 / 3]);
  await model.save(path);
  const loaded = await LanguageModel.load(path);
  t.deepEqual(
    [...variableOf(loaded, 'layers.0.bias').dataSync()],
    [-0, 2 ** -149, 3.4028234663852886e38, Math.fround(-1 / 3)],
  );
  model.dispose();
  loaded.dispose();
});

test('a loaded model says what the saved one said', async (t) => {
  const path = newPath();
  const model = smallModel({ cell: 'lstm' });
  await model.save(path);
  const loaded = await LanguageModel.load(path);
  const [a, b] = [
    await model.next(undefined, Int32Array.of(-1), Int32Array.of(3)),
    await loaded.next(undefined, Int32Array.of(-1), Int32Array.of(3)),
  ];
  t.deepEqual(b.logProbabilities, a.logProbabilities);
  model.free(a.state);
  loaded.free(b.state);
  model.dispose();
  loaded.dispose();
});

test('to save what was loaded gives the same files, byte for byte', async (t) => {
  const loaded = await LanguageModel.load(await writeSaved(newPath(), saved));
  const path = newPath();
  await loaded.save(path);
  t.deepEqual(await readSaved(path), saved);
  loaded.dispose();
});

test('a saved model is five files', async (t) => {
  const path = newPath();
  const model = smallModel({ cell: 'gru' });
  await model.save(path);
  model.dispose();
  t.deepEqual((await readdir(path)).sort(), [
    'README.md',
    'cell.json',
    'config.json',
    'model.safetensors',
    'tokenizer.json',
  ]);
  t.is((await lstat(path)).isDirectory(), true);
});

test('the checksums of config.json are those of sha256sum, its own that of the rest of it', async (t) => {
  const path = await writeSaved(newPath(), saved);
  const { sha256, ...members } = JSON.parse(String(saved['config.json']));
  await writeFile(join(path, 'members'), JSON.stringify(members));
  const lines = ['cell.json', 'model.safetensors', 'tokenizer.json', 'members'].map((name) => {
    const sum = sha256[name === 'members' ? 'config.json' : name];
    return `${sum}  ${join(path, name)}`;
  });
  await writeFile(join(path, 'sums'), `${lines.join('\n')}\n`);
  const { code, stdout } = await runProgram('sha256sum', ['--check', join(path, 'sums')]);
  t.is(code, 0, stdout);
  t.deepEqual(Object.keys(sha256).sort(), ['cell.json', 'config.json', 'model.safetensors', 'tokenizer.json']);
});

test('a model with a tokenizer of its user is saved, and loaded with it', async (t) => {
  const path = newPath();
  const model = new LanguageModel({ cell: 'gru', tokenizer: byteTokenizer, embeddingSize: 3, hiddenSize: 4 });
  await model.save(path);
  const loaded = await LanguageModel.load(path, { tokenizer: byteTokenizer });
  t.is(loaded.tokenizer, byteTokenizer);
  t.deepEqual(weightsOf(loaded), weightsOf(model));
  await t.throwsAsync(LanguageModel.load(path), {
    instanceOf: FileFormatError,
    message: `Expected ${path}/tokenizer.json to be a tokenizer: Expected a tokenizer of type characters or sentencepiece, got type "bytes" (string); LanguageModel.load(path, { tokenizer }) takes one of your own`,
  });
  model.dispose();
  loaded.dispose();
});

test('another tokenizer than the one that the model was saved with is refused', async (t) => {
  const path = await writeSaved(newPath(), saved);
  const same = await LanguageModel.load(path, { tokenizer: new CharacterTokenizer('dcba') });
  same.dispose();
  for (const tokenizer of [new CharacterTokenizer('abce'), new CharacterTokenizer('abcde'), byteTokenizer])
    await t.throwsAsync(LanguageModel.load(path, { tokenizer }), {
      instanceOf: FileFormatError,
      message: `Expected the given tokenizer to be the one in ${path}/tokenizer.json, got another`,
    });
});

test('options that have defaults, and checksums, may be left out of config.json', async (t) => {
  const path = newPath();
  const model = smallModel({ cell: 'rnn' });
  await model.save(path);
  const files = await readSaved(path);
  const config = {
    format: 'babblebrook language model 1',
    cell: 'rnn',
    embeddingSize: 3,
    hiddenSize: 4,
    tokenizer: 'tokenizer.json',
    vocabularySize: 7,
    eosId: 1,
  };
  const loaded = await LanguageModel.load(
    await writeSaved(newPath(), { ...files, 'config.json': JSON.stringify(config) }),
  );
  t.deepEqual(loaded.config, model.config);
  t.deepEqual(weightsOf(loaded), weightsOf(model));
  model.dispose();
  loaded.dispose();
});

test('what is saved are the weights at the call, whatever happens to them meanwhile', async (t) => {
  const path = newPath();
  const model = smallModel({ cell: 'lstm' });
  const before = weightsOf(model);
  const saved = model.save(path);
  for (const variable of Object.values(model.weights)) tf.tidy(() => variable.assign(tf.zerosLike(variable)));
  await saved;
  const loaded = await LanguageModel.load(path);
  t.deepEqual(weightsOf(loaded), before);
  model.dispose();
  loaded.dispose();
});

test.serial('to save and to load leave nothing behind but the model', async (t) => {
  const path = newPath();
  const model = smallModel({ cell: 'gru', layers: 2 });
  t.deepEqual(await leftBehind(() => model.save(path)), nothing);
  t.deepEqual(await leftBehind(async () => (await LanguageModel.load(path)).dispose()), nothing);
  model.dispose();
});

// ── Saving that fails ──

test('a model with a weight that is not finite is not saved, and the old one stays', async (t) => {
  for (const value of [NaN, Infinity, -Infinity]) {
    const path = await writeSaved(newPath(), saved);
    const model = smallModel({ cell: 'rnn' });
    setWeight(model, 'layers.0.bias', [0, value, 0, 0]);
    await t.throwsAsync(model.save(path), {
      instanceOf: NonFiniteError,
      message: `Expected finite numbers in weight layers.0.bias, got others; ${path} is as it was`,
    });
    t.deepEqual(await readSaved(path), saved);
    model.dispose();
  }
});

const unsavable: [string, (model: LanguageModel) => Promise<void>, RegExp][] = [
  ['a path that is none', (model) => model.save(''), /Expected path to be the path of a directory, got ""/],
  [
    'a path that is no text',
    (model) => model.save(5 as unknown as string),
    /Expected path to be the path of a directory, got 5 \(number\)/,
  ],
  [
    'a figure that is no number',
    (model) => model.save(newPath(), { metrics: { loss: NaN } }),
    /Expected metrics\["loss"\] to be a number that is finite, got NaN/,
  ],
  [
    'a figure that is a list',
    (model) => model.save(newPath(), { metrics: { loss: [1] as unknown as number } }),
    /Expected metrics\["loss"\] to be a text or a number, got an instance of Array/,
  ],
  [
    'metrics that are no object',
    (model) => model.save(newPath(), { metrics: 'good' as unknown as Record<string, string> }),
    /Expected metrics to be an object of numbers and texts, got "good"/,
  ],
  [
    'a tokenizer to load with that is none',
    async () => void (await LanguageModel.load(newPath(), { tokenizer: {} as unknown as Tokenizer })),
    /Expected tokenizer/,
  ],
  [
    'a directory that holds something else',
    (model) => model.save(folder),
    /Expected .* to be new, or a directory of config\.json, cell\.json, model\.safetensors, .* to replace, got one that holds "\S+"/,
  ],
];
for (const [what, save, message] of unsavable)
  test(`${what} is an InvalidArgumentError`, async (t) => {
    const model = smallModel({ cell: 'rnn' });
    await t.throwsAsync(save(model), { instanceOf: InvalidArgumentError, message });
    model.dispose();
  });

test('a tokenizer that gives nothing to save is an InvalidArgumentError', async (t) => {
  const tokenizer = { ...byteTokenizer, toJSON: () => undefined } as unknown as Tokenizer;
  const model = new LanguageModel({ cell: 'rnn', tokenizer, embeddingSize: 3, hiddenSize: 4 });
  await t.throwsAsync(model.save(newPath()), { instanceOf: InvalidArgumentError, message: /the tokenizer's toJSON/ });
  model.dispose();
});

test('a save where none can be is a FileWriteError, and leaves nothing', async (t) => {
  const place = await mkdtemp(join(folder, 'place-'));
  await writeFile(join(place, 'file'), 'x');
  const model = smallModel({ cell: 'rnn' });
  for (const [path, code] of [
    [join(place, 'file'), 'ENOTDIR'],
    [join(place, 'nowhere', 'model'), 'ENOENT'],
    // The temporary name beside it is too long.
    [join(place, 'x'.repeat(255)), 'ENAMETOOLONG'],
  ] as const) {
    const error = await t.throwsAsync(model.save(path), { instanceOf: FileWriteError });
    t.true(error.message.startsWith(`Expected to write ${path}, but ${code}`), error.message);
  }
  t.deepEqual(await readdir(place), ['file']);
  model.dispose();
});

// ── What is no model ──

/** Asserts that loading is refused by a message that tells the path, and leaves no tensor. */
const refuses = test.macro(async (t, path: string | (() => Promise<string>), message: RegExp) => {
  const place = typeof path === 'string' ? path : await path();
  const left = await leftBehind(async () => {
    const error = await t.throwsAsync(LanguageModel.load(place), { instanceOf: FileFormatError, message });
    t.true(error.message.includes(place), error.message);
  });
  t.deepEqual(left, nothing);
});
const refused = (what: string, path: Parameters<typeof refuses.exec>[1], message: RegExp): void => {
  test.serial(`${what} is a FileFormatError that tells where, and leaves nothing behind`, refuses, path, message);
};

refused('a path of nothing', join(folder, 'nothing'), /nothing\/config\.json, but ENOENT/);
refused('an empty directory', () => mkdtemp(join(folder, 'empty-')), /config\.json, but ENOENT/);
refused(
  'a file',
  async () => {
    const path = newPath();
    await writeFile(path, saved['model.safetensors'] ?? '');
    return path;
  },
  /config\.json, but ENOTDIR/,
);
for (const name of ['config.json', 'cell.json', 'model.safetensors', 'tokenizer.json']) {
  refused(
    `a model without its ${name}`,
    async () => {
      const path = await writeSaved(newPath(), saved);
      await rm(join(path, name));
      return path;
    },
    new RegExp(`${name}, but ENOENT`),
  );
  refused(
    `a model whose ${name} is a directory`,
    async () => {
      const path = await writeSaved(newPath(), saved);
      await rm(join(path, name));
      await mkdir(join(path, name));
      return path;
    },
    new RegExp(`${name}, but it is not a regular file`),
  );
  refused(
    `a model whose ${name} never ends`,
    async () => {
      const path = await writeSaved(newPath(), saved);
      await rm(join(path, name));
      await symlink('/dev/zero', join(path, name));
      return path;
    },
    new RegExp(`${name}, but it is not a regular file`),
  );
  refused(
    `a model whose ${name} has a terabyte`,
    async () => {
      const path = await writeSaved(newPath(), saved);
      await truncate(join(path, name), 1e12);
      return path;
    },
    new RegExp(`${name}, but it has 1000000000000 bytes`),
  );
  for (const share of [0, 0.5, 0.99])
    refused(
      `a model whose ${name} ends after ${100 * share} % of it`,
      async () => {
        const bytes = saved[name] ?? Buffer.of();
        return writeSaved(newPath(), { ...saved, [name]: bytes.subarray(0, Math.floor(share * bytes.length)) });
      },
      /(config|cell)\.json to be a JSON object|model\.safetensors, but it has \d+ bytes, not|bytes of data, too few for tensor [\w.]+: it is truncated|Expected tokenizer\.json to be as it was saved, with SHA-256/,
    );
}

for (const [type, bytes] of [
  ['BF16', 2],
  ['F64', 8],
  ['I8', 1],
] as const)
  refused(
    `a model whose weights are ${type}`,
    () => {
      const tensors = decodeSafetensors(saved['model.safetensors'] ?? Buffer.of(), 'saved').tensors;
      let end = 0;
      const entries = [...tensors].map(([name, { shape, values }]) => {
        const start = end;
        end += bytes * values.length;
        return [name, { dtype: type, shape, data_offsets: [start, end] }];
      });
      const header = JSON.stringify(Object.fromEntries(entries));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      const weights = Buffer.concat([length, Buffer.from(header), Buffer.alloc(end)]);
      return writeSaved(newPath(), { ...saved, 'model.safetensors': weights });
    },
    new RegExp(
      `^Expected float32 \\(F32\\) or float16 \\(F16\\) weights in .*model\\.safetensors, got ${type} in embedding\\.weight$`,
    ),
  );

test.serial('a model without its README is loaded: people may change that one', async (t) => {
  const { 'README.md': _, ...files } = saved;
  const model = await LanguageModel.load(await writeSaved(newPath(), files));
  model.dispose();
  t.pass();
});

/** Changes the members of config.json. */
const withMembers =
  (members: Record<string, unknown>) =>
  (files: SavedFiles): SavedFiles => ({
    ...files,
    'config.json': JSON.stringify({ ...JSON.parse(String(files['config.json'])), ...members }),
  });

interface MutableTensor {
  shape: number[];
  values: Float32Array;
}

/** Changes the tensors. */
const withTensors =
  (change: (tensors: Map<string, MutableTensor>) => void) =>
  (files: SavedFiles): SavedFiles => {
    const { metadata, tensors } = decodeSafetensors(saved['model.safetensors'] ?? Buffer.of(), 'a saved model');
    const changed = new Map<string, MutableTensor>();
    for (const [name, { shape, values }] of tensors) changed.set(name, { shape: [...shape], values });
    change(changed);
    return { ...files, 'model.safetensors': Buffer.from(encodeSafetensors({ metadata, tensors: changed })) };
  };

/** Changes the members of cell.json. */
const withCell =
  (change: (cell: CellFile) => object) =>
  (files: SavedFiles): SavedFiles => ({
    ...files,
    'cell.json': JSON.stringify(change(JSON.parse(String(files['cell.json'])))),
  });

type CellFile = CellRecord & { probe: Probe };

const withTokenizer =
  (json: string) =>
  (files: SavedFiles): SavedFiles => ({ ...files, 'tokenizer.json': json });

// The checksums fit, so that what is found is found without them.
const damages: [string, (files: SavedFiles) => SavedFiles, RegExp][] = [
  [
    'of another version',
    withMembers({ format: 'babblebrook language model 2' }),
    /config\.json to be the configuration of a model: Expected format to be one of babblebrook language model 1, got "babblebrook language model 2"/,
  ],
  ['without a format', withMembers({ format: undefined }), /Expected format to be one of/],
  ['without a cell', withMembers({ cell: undefined }), /Expected cell to be one of lstm, got undefined/],
  [
    'with half a unit',
    withMembers({ hiddenSize: 4.5 }),
    /Expected hiddenSize to be an integer of at least 1, got 4\.5/,
  ],
  ['with a size that is a text', withMembers({ hiddenSize: '4' }), /Expected hiddenSize to be an integer .* got "4"/],
  [
    'with a size that cannot be shown',
    withMembers({ hiddenSize: { constructor: { name: { toString: 1 } } } }),
    /Expected hiddenSize to be an integer of at least 1, got an instance of Object/,
  ],
  ['with an unknown option', withMembers({ depth: 4 }), /Expected every name to be one of cell, .*, got "depth"/],
  [
    'with an option that is a prototype',
    (files) => ({
      ...files,
      'config.json': String(files['config.json']).replace('{', '{"__proto__": {"layers": 3},'),
    }),
    /Expected every name to be one of cell, .*, got "__proto__"/,
  ],
  [
    'with endless layers',
    withMembers({ layers: 1e15 }),
    /to be the configuration of a model: Expected layers to be an integer of at least 1 and of at most 1000, got 1000000000000000/,
  ],
  [
    'with endless units',
    withMembers({ hiddenSize: 1e9 }),
    /to be a saved model: Expected a model whose file has at most 2\.15 GB/,
  ],
  [
    'with endless ids',
    withMembers({ vocabularySize: 1e15 }),
    /to be a saved model: Expected a model whose file has at most 2\.15 GB/,
  ],
  [
    'with more units than it has',
    withMembers({ hiddenSize: 50 }),
    /Expected cell\.json to have the cell at the sizes that config\.json says, got others/,
  ],
  ['of another cell', withMembers({ cell: 'gru' }), /Expected cell to be one of lstm, got "gru"/],
  ['with an EOS that is none', withMembers({ eosId: 7 }), /Expected eosId to be .* below 7, got 7/],
  ['with another EOS', withMembers({ eosId: 2 }), /tokenizer\.json to have 7 ids and EOS 2, .* got 7 and 1/],
  ['with another vocabulary', withMembers({ vocabularySize: 8 }), /tokenizer\.json to have 8 ids and EOS 1, .* got 7/],
  [
    'with a tokenizer elsewhere',
    withMembers({ tokenizer: '../../secret' }),
    /Expected tokenizer to be one of tokenizer\.json, tokenizer\.model, got "\.\.\/\.\.\/secret"/,
  ],
  [
    'with an unknown tokenizer',
    withTokenizer('{"type": "words"}'),
    /to be a tokenizer: .*"words".*; LanguageModel\.load/,
  ],
  ['whose tokenizer has no type', withTokenizer('{"characters": "abcd"}'), /to be a tokenizer with a type, got none/],
  ['whose tokenizer is null', withTokenizer('null'), /tokenizer\.json to be a JSON object, got null/],
  [
    'whose tokenizer has no characters',
    withTokenizer('{"type": "characters", "characters": {"constructor": {"name": {"toString": 1}}}}'),
    /to be a tokenizer: Expected a saved character tokenizer/,
  ],
  [
    'whose tokenizer is no SentencePiece model',
    withTokenizer('{"type": "sentencepiece", "model": "AAAA"}'),
    /to be a tokenizer: /,
  ],
  [
    'without one of its tensors',
    withTensors((tensors) => {
      const bias = tensors.get('rnn.bias_hh_l1');
      tensors.delete('rnn.bias_hh_l1');
      tensors.set('bias', bias ?? { shape: [], values: new Float32Array() });
    }),
    /Expected tensor rnn\.bias_hh_l1 of shape \[16\] in .*, got none/,
  ],
  [
    'with a tensor that does not belong to it',
    withTensors((tensors) => tensors.set('__proto__', { shape: [1], values: new Float32Array(1) })),
    /Expected no tensor __proto__ in .*, got one/,
  ],
  [
    'with a tensor of another shape',
    withTensors((tensors) => tensors.get('embedding.weight')?.shape.reverse()),
    /Expected tensor embedding\.weight of shape \[7,3\] in .*, got \[3,7\]/,
  ],
  [
    'with a weight that is not a number',
    withTensors((tensors) => tensors.get('rnn.bias_ih_l0')?.values.fill(NaN, 3, 4)),
    /Expected finite numbers in .*model\.safetensors, got others in what makes layers\.0\.bias/,
  ],
  [
    'with an infinite weight',
    withTensors((tensors) => tensors.get('output.weight')?.values.fill(Infinity, 0, 1)),
    /Expected finite numbers in .*, got others in what makes projection/,
  ],
  [
    'whose cell is of another format',
    withCell((cell) => ({ ...cell, format: 'babblebrook cell 2' })),
    /cell\.json to be the cell of a model: Expected format to be one of babblebrook cell 1, got "babblebrook cell 2"/,
  ],
  ['whose cell has no name', withCell(({ name: _, ...cell }) => cell), /Expected a name to be a string, got undefined/],
  [
    'whose cell has another name',
    withCell((cell) => ({ ...cell, name: 'mine' })),
    /Expected cell to be one of mine, got "lstm"/,
  ],
  [
    'whose cell has an operation that there is not',
    withCell(({ layers: [first, ...others], ...cell }) => {
      const nodes = first?.graph.nodes.map((node) => ({ ...node, operation: node.operation.replace('tanh', 'eval') }));
      return { ...cell, layers: [{ ...first, graph: { ...first?.graph, nodes } }, ...others] };
    }),
    /layers\[0\]: graph: node \d+: Expected its operation to be one of leaf, .*, got "eval"/,
  ],
  [
    'whose cell is recorded for its first layer only',
    withCell(({ layers, ...cell }) => ({ ...cell, layers: layers.slice(0, 1) })),
    /Expected cell\.json to have the cell at the sizes that config\.json says, got others/,
  ],
  [
    'whose cell was asked for nothing',
    withCell(({ probe: _, ...cell }) => cell),
    /Expected probe to be an object, got undef/,
  ],
  [
    'whose cell was asked for ids that it has not',
    withCell((cell) => ({ ...cell, probe: { ...cell.probe, ids: cell.probe.ids.map(() => 7) } })),
    /Expected an id of the probe to be below 7, got 7/,
  ],
  [
    'whose cell has an equation that is wrong somewhere',
    withCell(({ layers: [first, ...others], ...cell }) => {
      const nodes = first?.graph.nodes.map((node) =>
        node.operation === 'multiply' ? { ...node, operation: 'add' } : node,
      );
      return { ...cell, layers: [{ ...first, graph: { ...first?.graph, nodes } }, ...others] };
    }),
    /Expected the cell and the weights that were saved, which give id \d at time step 0 the log-probability -\d\S+, got -\d/,
  ],
  [
    'whose weights are those of another',
    withTensors((tensors) => tensors.get('rnn.weight_hh_l1')?.values.reverse()),
    /Expected the cell and the weights that were saved, which give id \d at time step \d+ the log-probability/,
  ],
  [
    'with two biases whose sum is infinite',
    withTensors((tensors) => {
      for (const name of ['rnn.bias_ih_l0', 'rnn.bias_hh_l0']) tensors.get(name)?.values.fill(3e38);
    }),
    /Expected finite numbers in .*, got others in what makes layers\.0\.bias/,
  ],
];
for (const [what, change, message] of damages)
  refused(`a model ${what}`, () => writeSaved(newPath(), resealed(change(saved))), message);

for (const [what, sums, message] of [
  ['that are no object', 'x', /Expected sha256 to be an object of SHA-256 of config\.json, .*, got "x"/],
  ['of which one is missing', { 'config.json': '0'.repeat(64) }, /Expected sha256 to be an object of SHA-256/],
  ['that are none', { 'config.json': 1, 'model.safetensors': 'x' }, /Expected the SHA-256 of config\.json to be one/],
  ['of another file', { '/etc/passwd': '0'.repeat(64) }, /every name in sha256 to be one of .*, got "\/etc\/passwd"/],
] as const)
  refused(`a model with checksums ${what}`, () => writeSaved(newPath(), withMembers({ sha256: sums })(saved)), message);

refused(
  'a model whose seed was changed by hand',
  () => writeSaved(newPath(), withMembers({ seed: 2 })(saved)),
  /Expected config\.json to be as it was saved, with SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}/,
);
refused(
  'a model whose weights were changed by hand',
  () => {
    const bytes = Buffer.from(saved['model.safetensors'] ?? '');
    bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
    return writeSaved(newPath(), { ...saved, 'model.safetensors': bytes });
  },
  /Expected model\.safetensors to be as it was saved, with SHA-256/,
);

// ── Fuzzing ──

/** Loads, or fails with an error that tells the path; whatever is loaded is whole. */
async function survives(path: string): Promise<LanguageModel | undefined> {
  try {
    return await LanguageModel.load(path);
  } catch (error) {
    if (!(error instanceof FileFormatError && error.message.includes(path))) throw error;
    return undefined;
  }
}

test.serial('a model of which any byte is another is never loaded, but for what JSON does not mind', async (t) => {
  const original = await LanguageModel.load(await writeSaved(newPath(), saved));
  await eachDamaged(t, 'any byte of any file is another', (model, { name, files }) => {
    t.deepEqual({ ...weightsOf(model), ...model.config }, { ...weightsOf(original), ...original.config });
    if (name !== 'config.json') t.deepEqual(files[name], saved[name]);
  });
  original.dispose();
});

for (const what of Object.keys(DAMAGES))
  test.serial(`where ${what}, a model is what its files say, or a FileFormatError`, async (t) => {
    await eachDamaged(t, what, async (model, _, path) => {
      t.true(Object.values(weightsOf(model)).every(({ data }) => data.every(Number.isFinite)));
      const again = newPath();
      await model.save(again);
      const tensors = async (place: string) =>
        decodeSafetensors((await readSaved(place))['model.safetensors'] ?? Buffer.of(), place).tensors;
      const [theirs, ours] = [await tensors(path), await tensors(again)];
      // Two biases of a file are one here.
      for (const [key, { values }] of theirs)
        if (!key.includes('bias_')) t.deepEqual(ours.get(key)?.values, values, key);
      await rm(again, { recursive: true });
    });
  });

/** Loads what is left of a model, and gives what could be loaded; there is nothing of it behind that. */
async function eachDamaged(
  t: ExecutionContext,
  what: string,
  use: (model: LanguageModel, damaged: Damaged, path: string) => void | Promise<void>,
): Promise<void> {
  const arbitrary = DAMAGES[what]?.(saved);
  if (!arbitrary) throw new Error(what);
  const left = await leftBehind(() =>
    fc.assert(
      fc.asyncProperty(arbitrary, async (damaged) => {
        const path = await writeSaved(newPath(), damaged.files);
        const model = await survives(path);
        if (model) await use(model, damaged, path);
        model?.dispose();
        await rm(path, { recursive: true });
      }),
      { numRuns: sweepOf(500, 60) },
    ),
  );
  t.deepEqual(left, nothing);
}

test.serial('an edited tokenizer.model makes a model or a FileFormatError', async (t) => {
  const path = newPath();
  const tokenizer = await SentencePieceTokenizer.load(fixtureAt('sentencepiece/ours-bpe.model'));
  const model = new LanguageModel({ cell: 'rnn', tokenizer, embeddingSize: 1, hiddenSize: 1 });
  await model.save(path);
  model.dispose();
  const { sha256: _, ...config } = JSON.parse(String(await readFile(join(path, 'config.json'))));
  await writeFile(join(path, 'config.json'), JSON.stringify(config));
  await fc.assert(
    fc.asyncProperty(damagedBytes(tokenizer.bytes), async (bytes) => {
      await writeFile(join(path, 'tokenizer.model'), bytes);
      (await survives(path))?.dispose();
    }),
    { numRuns: sweepOf(100, 40) },
  );
  t.pass();
});

test.serial('a model that is replaced while it is read is the old one or the new one', async (t) => {
  const path = newPath();
  const [zeros, ones] = [0, 1].map((value) => {
    const model = smallModel({ cell: 'lstm' });
    for (const name of Object.keys(model.weights))
      tf.tidy(() => {
        const variable = variableOf(model, name);
        variable.assign(tf.fill(variable.shape, value));
      });
    return model;
  });
  await zeros?.save(path);
  let saving = true;
  const writer = (async () => {
    for (let count = 0; count < sweepOf(50, 12); count++) await (count % 2 === 0 ? ones : zeros)?.save(path);
    saving = false;
  })();
  let loads = 0;
  for (; saving; loads++) {
    const model = await LanguageModel.load(path);
    const values = new Set(Object.values(weightsOf(model)).flatMap(({ data }) => [...data]));
    t.is(values.size, 1);
    model.dispose();
  }
  await writer;
  t.true(loads > sweepOf(5, 1), `${loads} loads`);
  zeros?.dispose();
  ones?.dispose();
});

test.serial('what a crash left under its other name is loaded, and replaced by the next save', async (t) => {
  const path = await writeSaved(newPath(), saved);
  await rename(path, `${path}.replaced`);
  const model = await LanguageModel.load(path);
  await model.save(path);
  model.dispose();
  t.deepEqual(await readSaved(path), saved);
  t.false((await readdir(folder)).some((name) => name.endsWith('.replaced')));
});

for (const [what, cell, layers, expected] of [
  ['a source of a megabyte', withoutWeights('x'.repeat(2 ** 20)), 1, /^Expected a cell of at most 1048576 bytes, got/],
  [
    'weights whose names have a megabyte',
    withManyWeights(),
    15,
    /^Expected a model whose weights have names and shapes/,
  ],
] as const)
  test(`a cell with ${what} is not saved, for it could not be read again`, async (t) => {
    const path = join(folder, what);
    const config = modelConfig({ cell, layers, embeddingSize: 2, hiddenSize: 2 });
    const tokenizer = new CharacterTokenizer('ab');
    const shapes = [...weightShapes(cell, config, tokenizer.vocabularySize)];
    const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
    const model = {
      ...{ cell, config, tokenizer, record: recordCell(cell, layerSizes(config)) },
      weights: new Map(shapes.map(([name, shape]) => [name, { shape, values: new Float32Array(size(shape)) }])),
      probe: { ids: [0, 1], logProbabilities: [0] },
    };
    await t.throwsAsync(saveModelDirectory(path, model, { metrics: undefined, precision: 'float32' }), {
      instanceOf: InvalidArgumentError,
      message: expected,
    });
    t.false((await readdir(folder)).includes(what));
  });

function withoutWeights(source: string): Cell {
  return makeCell({
    name: 'withoutWeights',
    source,
    state: () => ({}),
    weights: () => ({}),
    step: ({ x }) => ({ output: x, state: {} }),
  });
}

function withManyWeights(): Cell {
  const names = Array.from({ length: 450 }, (_, number) => `${'long'.repeat(23)}${number}`);
  return makeCell({
    name: 'withManyWeights',
    state: () => ({}),
    weights: ({ hidden }) => Object.fromEntries(names.map((name) => [name, [hidden] as const])),
    step: ({ x, ...weights }) => ({
      output: names.reduce((sum, name) => sum.plus((weights as Record<string, Expression>)[name]), x),
      state: {},
    }),
  });
}

// ── float16 ──

/** A model whose weights float16 does not have, and what is nearest to them. */
const inHalves = (model: LanguageModel): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(weightsOf(model)).map(([name, { data }]) => [name, fromFloat16(toFloat16(Float32Array.from(data)))]),
  );

for (const cell of cells)
  test(`${cell}: a model that was saved as float16 is loaded with the nearest weights, and is itself as it was`, async (t) => {
    for (const [variant, config, options] of sweep(variantsOf(cell), everyFifth)) {
      const path = newPath();
      const model = modelOf(config, referenceWeights(config, options));
      const before = weightsOf(model);
      await model.save(path, { precision: 'float16' });
      t.deepEqual(weightsOf(model), before, variant);
      const loaded = await LanguageModel.load(path);
      const ours = Object.entries(weightsOf(loaded)).map(([name, { data }]) => [name, Float32Array.from(data)]);
      t.deepEqual(Object.fromEntries(ours), inHalves(model), variant);
      const inference = await InferenceModel.load(path);
      const { logProbability } = await score(loaded, 'abcd');
      t.true(Math.abs((await inference.score('abcd')).logProbability - logProbability) < 1e-4, variant);
      model.dispose();
      loaded.dispose();
    }
  });

test('float16 halves the weights of a file, and to save them as float32 again gives the same numbers', async (t) => {
  const [wide, narrow, again] = [newPath(), newPath(), newPath()];
  const model = smallModel({ cell: 'gru', hiddenSize: 100 });
  await model.save(wide);
  await model.save(narrow, { precision: 'float16' });
  const half = await LanguageModel.load(narrow);
  await half.save(again);
  const sizes = await Promise.all(
    [wide, narrow, again].map(async (path) => (await readFile(join(path, 'model.safetensors'))).length),
  );
  t.is(sizes[2], sizes[0]);
  t.true(Math.abs((sizes[1] ?? 0) / (sizes[0] ?? 1) - 0.5) < 0.01, String(sizes));
  const loaded = await LanguageModel.load(again);
  t.deepEqual(weightsOf(loaded), weightsOf(half));
  t.regex(await readFile(join(narrow, 'README.md'), 'utf8'), /^\| precision \| float16 \|$/m);
  for (const one of [model, half, loaded]) one.dispose();
});

test('a weight that float16 does not hold is an InvalidArgumentError, and the model that was there stays', async (t) => {
  const path = newPath();
  const model = smallModel({ cell: 'rnn' });
  await model.save(path);
  const before = await readSaved(path);
  setWeight(model, 'layers.0.bias', [1, 65519, -65520, 0]);
  const error = await t.throwsAsync(model.save(path, { precision: 'float16' }), {
    instanceOf: InvalidArgumentError,
    message:
      'Expected weights that float16 holds, which ends at 65,504, got -65520 in layers.0.bias: precision float32 holds them',
  });
  t.deepEqual(error?.options, ['precision']);
  t.deepEqual(await readSaved(path), before);
  setWeight(model, 'layers.0.bias', [1, 65519, NaN, 0]);
  await t.throwsAsync(model.save(path, { precision: 'float16' }), { instanceOf: NonFiniteError });
  model.dispose();
});

test.serial('to save as float16 leaves no tensor behind', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  t.deepEqual(await leftBehind(() => model.save(newPath(), { precision: 'float16' })), nothing);
  model.dispose();
});
