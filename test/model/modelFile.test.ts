import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import fc from 'fast-check';
import { FileFormatError, NonFiniteError } from '../../src/errors.js';
import { LanguageModel } from '../../src/model/LanguageModel.js';
import { decodeSafetensors, encodeSafetensors, type SafetensorsFile } from '../../src/model/safetensors.js';
import { CharacterTokenizer } from '../../src/text/CharacterTokenizer.js';
import { referenceWeights } from '../reference/weights.js';
import { cells, modelOf, setWeight, smallModel, variableOf, variantsOf, weightsOf } from '../support/languageModels.js';
import { leftBehind, nothing } from '../support/memory.js';

const folder = await mkdtemp(join(tmpdir(), 'babblebrook-model-'));
test.after.always(() => rm(folder, { recursive: true }));

let files = 0;
const newPath = (): string => join(folder, `${files++}.safetensors`);

/** A saved model, as bytes. */
async function savedBytes(): Promise<Buffer> {
  const path = newPath();
  const model = smallModel({ cell: 'lstm', layers: 2, initialState: 'learned' });
  await model.save(path);
  model.dispose();
  return readFile(path);
}

/** Writes bytes to a new file. */
async function fileOf(bytes: Uint8Array | string): Promise<string> {
  const path = newPath();
  await writeFile(path, bytes);
  return path;
}

// ── Round trips ──

for (const cell of cells)
  test(`${cell}: a model that was saved and loaded is the same, bit for bit`, async (t) => {
    for (const [variant, config, options] of variantsOf(cell)) {
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
    resetAfter: true,
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

test('to save what was loaded gives the same bytes', async (t) => {
  const bytes = await savedBytes();
  const loaded = await LanguageModel.load(await fileOf(bytes));
  const path = newPath();
  await loaded.save(path);
  t.deepEqual(await readFile(path), bytes);
  loaded.dispose();
});

test('the tensors of a file have the names of the weights', async (t) => {
  const { tensors } = decodeSafetensors(await savedBytes(), 'a saved model');
  const model = smallModel({ cell: 'lstm', layers: 2, initialState: 'learned' });
  t.deepEqual([...tensors.keys()], Object.keys(model.weights));
  model.dispose();
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

test('a model with a weight that is not finite is not saved, and the old file stays', async (t) => {
  for (const value of [NaN, Infinity, -Infinity]) {
    const bytes = await savedBytes();
    const path = await fileOf(bytes);
    const model = smallModel({ cell: 'rnn' });
    setWeight(model, 'layers.0.bias', [0, value, 0, 0]);
    await t.throwsAsync(model.save(path), {
      instanceOf: NonFiniteError,
      message: `Expected finite numbers in weight layers.0.bias, got others; ${path} is as it was`,
    });
    t.deepEqual(await readFile(path), bytes);
    model.dispose();
  }
});

test('a file that cannot be written fails, and the old file stays', async (t) => {
  const bytes = await savedBytes();
  // A name of the greatest length: the temporary name beside it is too long.
  const path = join(folder, 'x'.repeat(255));
  await writeFile(path, bytes);
  const model = smallModel({ cell: 'rnn' });
  await t.throwsAsync(model.save(path), { code: 'ENAMETOOLONG' });
  t.deepEqual(await readFile(path), bytes);
  model.dispose();
});

test('a save that fails leaves no temporary file', async (t) => {
  const place = await mkdtemp(join(folder, 'place-'));
  await mkdir(join(place, 'model'));
  const model = smallModel({ cell: 'rnn' });
  await t.throwsAsync(model.save(join(place, 'model')), { code: 'EISDIR' });
  t.deepEqual(await readdir(place), ['model']);
  model.dispose();
});

test('a save into a folder that is not there fails', async (t) => {
  const model = smallModel({ cell: 'rnn' });
  await t.throwsAsync(model.save(join(folder, 'nowhere', 'model')), { code: 'ENOENT' });
  model.dispose();
});

// ── Files that are no model ──

/** Asserts that a file is refused by its path. */
const refused = (path: string, what: RegExp) => ({
  instanceOf: FileFormatError,
  message: new RegExp(`${path.replace(/[.\\]/g, '\\$&')}.*${what.source}`),
});

test.serial('a missing file is a FileFormatError that tells its path', async (t) => {
  const path = join(folder, 'missing.safetensors');
  await t.throwsAsync(LanguageModel.load(path), refused(path, /ENOENT/));
});

test.serial('a folder is a FileFormatError that tells its path', async (t) => {
  await t.throwsAsync(LanguageModel.load(folder), refused(folder, /EISDIR/));
});

for (const [what, bytes] of Object.entries({
  'an empty file': '',
  'a text': 'It was the best of times, it was the worst of times.\n',
  'another JSON': '{"cell": "lstm", "hiddenSize": 256}',
}))
  test.serial(`${what} is a FileFormatError that tells its path`, async (t) => {
    const path = await fileOf(bytes);
    await t.throwsAsync(LanguageModel.load(path), refused(path, /safetensors file/));
  });

test.serial('a safetensors file of something else is a FileFormatError that tells its path', async (t) => {
  const path = new URL('../fixtures/safetensors/float32.safetensors', import.meta.url).pathname;
  await t.throwsAsync(LanguageModel.load(path), {
    instanceOf: FileFormatError,
    message: `Expected ${path} to be a "babblebrook language model 1", got a "a fixture, “quoted”"`,
  });
});

test.serial('a model that ends early, wherever, is a FileFormatError', async (t) => {
  const bytes = await savedBytes();
  const lengths = [
    1,
    7,
    8,
    9,
    100,
    Number(bytes.readBigUInt64LE(0)) + 8,
    bytes.length - 1000,
    bytes.length - 4,
    bytes.length - 1,
  ];
  for (const length of lengths) {
    const path = await fileOf(bytes.subarray(0, length));
    await t.throwsAsync(LanguageModel.load(path), refused(path, /got/), `${length} bytes`);
  }
});

/** A saved model that was changed. */
async function changed(
  change: (file: {
    metadata: Record<string, string>;
    tensors: Map<string, { shape: number[]; values: Float32Array }>;
  }) => void,
) {
  const { metadata, tensors } = decodeSafetensors(await savedBytes(), 'a saved model');
  const file = {
    metadata: { ...metadata },
    tensors: new Map(Array.from(tensors, ([name, { shape, values }]) => [name, { shape: [...shape], values }])),
  };
  change(file);
  return fileOf(encodeSafetensors(file satisfies SafetensorsFile));
}

type Change = Parameters<typeof changed>[0];
const withConfig =
  (config: string): Change =>
  ({ metadata }) => {
    metadata['config'] = config;
  };

const damages: [string, Change, RegExp][] = [
  [
    'of another version',
    ({ metadata }) => {
      metadata['format'] = 'babblebrook language model 2';
    },
    /to be a "babblebrook language model 1", got a "babblebrook language model 2"/,
  ],
  [
    'without a configuration',
    ({ metadata }) => {
      delete metadata['config'];
    },
    /to hold a model's configuration: /,
  ],
  ['whose configuration is no JSON', withConfig('{'), /to hold a model's configuration: /],
  ['whose configuration is null', withConfig('null'), /configuration: Expected cell to be one of rnn, lstm, gru, got/],
  ['whose configuration is a number', withConfig('5'), /configuration: Expected cell to be one of rnn, lstm, gru, got/],
  [
    'whose configuration has a wrong value',
    withConfig('{"cell": "lstm", "hiddenSize": 4.5}'),
    /configuration: Expected hiddenSize to be an integer of at least 1, got 4\.5/,
  ],
  [
    'whose configuration has endless layers',
    withConfig('{"cell": "lstm", "hiddenSize": 4, "embeddingSize": 3, "layers": 1000000000}'),
    /Expected weights of 1000000000 layers in .*, got 13 weights/,
  ],
  [
    'whose configuration has endless units',
    withConfig('{"cell": "lstm", "hiddenSize": 1000000000, "embeddingSize": 3, "layers": 2}'),
    /Expected weight layers\.0\.inputWeights of shape \[3,4000000000\] in .*, got \[3,16\]/,
  ],
  [
    'without a tokenizer',
    ({ metadata }) => {
      delete metadata['tokenizer'];
    },
    /to hold a model's tokenizer: /,
  ],
  [
    'with an unknown tokenizer',
    ({ metadata }) => {
      metadata['tokenizer'] = '{"type": "words"}';
    },
    /to hold a model's tokenizer: Expected .*words/,
  ],
  [
    'whose tokenizer is null',
    ({ metadata }) => {
      metadata['tokenizer'] = 'null';
    },
    /to hold a model's tokenizer: /,
  ],
  [
    'with the tokenizer of another vocabulary',
    ({ metadata }) => {
      metadata['tokenizer'] = JSON.stringify(new CharacterTokenizer('abcdefg'));
    },
    /Expected weight embedding of shape \[10,3\] in .*, got \[7,3\]/,
  ],
  [
    'without one of its weights',
    ({ tensors }) => {
      tensors.delete('layers.1.bias');
    },
    /Expected weight layers\.1\.bias of shape \[16\] in .*, got none/,
  ],
  [
    'with a weight of another shape',
    ({ tensors }) => {
      tensors.get('embedding')?.shape.reverse();
    },
    /Expected weight embedding of shape \[7,3\] in .*, got \[3,7\]/,
  ],
  [
    'with a weight that is not a number',
    ({ tensors }) => {
      tensors.get('layers.0.bias')?.values.fill(NaN, 3, 4);
    },
    /Expected finite numbers in weight layers\.0\.bias of .*, got others/,
  ],
  [
    'with an infinite weight',
    ({ tensors }) => {
      tensors.get('projection')?.values.fill(Infinity, 0, 1);
    },
    /Expected finite numbers in weight projection of .*, got others/,
  ],
];

for (const [what, change, message] of damages)
  test.serial(`a model ${what} is a FileFormatError that tells its path, and leaves nothing behind`, async (t) => {
    const path = await changed(change);
    const left = await leftBehind(async () => {
      const error = await t.throwsAsync(LanguageModel.load(path), { instanceOf: FileFormatError, message });
      t.true(error?.message.includes(path), error?.message);
    });
    t.deepEqual(left, nothing);
  });

test.serial(
  'a model with any byte changed is a whole model or a FileFormatError, and leaves nothing behind',
  async (t) => {
    const bytes = await savedBytes();
    const path = newPath();
    const left = await leftBehind(() =>
      fc.assert(
        fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), async (place, byte) => {
          await writeFile(
            path,
            bytes.map((value, at) => (at === place ? byte : value)),
          );
          try {
            const model = await LanguageModel.load(path);
            t.true(Object.values(weightsOf(model)).every(({ data }) => data.every(Number.isFinite)));
            model.dispose();
          } catch (error) {
            if (!(error instanceof FileFormatError && error.message.includes(path))) throw error;
          }
        }),
        { numRuns: 200 },
      ),
    );
    t.deepEqual(left, nothing);
  },
);
