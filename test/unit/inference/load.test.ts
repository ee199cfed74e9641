import { mkdtempSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { FileFormatError, InvalidArgumentError } from '../../../src/errors.js';
import { InferenceModel } from '../../../src/inference/InferenceModel.js';
import type { LoadProgress, ModelSource } from '../../../src/inference/ModelSource.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { SentencePieceTokenizer } from '../../../src/text/SentencePieceTokenizer.js';
import { byteTokenizer } from '../../support/byteTokenizer.js';
import { smallModel } from '../../support/languageModels.js';
import { fixtureAt } from '../../support/places.js';
import { readSaved, resealed, type SavedFiles, writeSaved } from '../../support/savedModels.js';
import { sweepOf } from '../../support/sweeps.js';

const folder = mkdtempSync(join(tmpdir(), 'babblebrook-inference-'));
test.after.always(() => rm(folder, { recursive: true }));

let models = 0;
const newPath = (): string => join(folder, `model-${models++}`);

let saved: Readonly<Record<string, Buffer>> = {};
let expected = 0;
test.before(async () => {
  const path = newPath();
  const model = smallModel({ cell: 'lstm', layers: 2, initialState: 'learned' });
  await model.save(path);
  model.dispose();
  saved = await readSaved(path);
  expected = (await (await InferenceModel.load(path)).score('abcd')).logProbability;
});

/** Serves files; what is not there is answered with 404. */
async function served(t: ExecutionContext, files: SavedFiles): Promise<string> {
  const server: Server = createServer((request, response) => {
    const data = files[request.url?.split('/').at(-1) ?? ''];
    if (data === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': Buffer.byteLength(data) }).end(data);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/models/small`;
}

function filesOf(files: SavedFiles): File[] {
  return Object.entries(files).map(([name, data]) => new File([new Uint8Array(Buffer.from(data))], name));
}

function bytesOf(files: SavedFiles): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(files).map(([name, data]) => [name, new Uint8Array(Buffer.from(data))]));
}

const sources: [string, (t: ExecutionContext) => Promise<ModelSource>][] = [
  ['a path', async () => writeSaved(newPath(), saved)],
  ['a file URL', async () => pathToFileURL(await writeSaved(newPath(), saved))],
  ['the text of a file URL', async () => pathToFileURL(await writeSaved(newPath(), saved)).href],
  ['an HTTP URL', async (t) => new URL(await served(t, saved))],
  ['the text of an HTTP URL that ends in a slash', async (t) => `${await served(t, saved)}/`],
  ['files that were picked', async () => filesOf(saved)],
  ['bytes', async () => bytesOf(saved)],
];
for (const [what, make] of sources)
  test(`a model is loaded from ${what}, and tells how far it is`, async (t) => {
    const heard: LoadProgress[] = [];
    const model = await InferenceModel.load(await make(t), { onProgress: (progress) => heard.push(progress) });
    t.is((await model.score('abcd')).logProbability, expected);
    if (!['files that were picked', 'bytes'].includes(what))
      for (const name of ['config.json', 'cell.json', 'tokenizer.json', 'model.safetensors']) {
        const last = heard.findLast(({ file }) => file === name);
        t.deepEqual(last, { file: name, loadedBytes: saved[name]?.length ?? 0, totalBytes: saved[name]?.length ?? 0 });
      }
  });

for (const name of ['config.json', 'cell.json', 'tokenizer.json', 'model.safetensors'])
  test(`a model without its ${name} is a FileFormatError that names it, wherever the files are`, async (t) => {
    const { [name]: _, ...files } = saved;
    for (const source of [await writeSaved(newPath(), files), await served(t, files), filesOf(files), bytesOf(files)]) {
      const error = await t.throwsAsync(InferenceModel.load(source), { instanceOf: FileFormatError });
      t.true(error.message.startsWith('Expected to read ') && error.message.includes(name), error.message);
    }
  });

test('a file that is too large is refused, wherever it is, and not read to its end', async (t) => {
  const files = { ...saved, 'config.json': Buffer.alloc(2 ** 22, 0x20) };
  for (const source of [await writeSaved(newPath(), files), await served(t, files), filesOf(files), bytesOf(files)])
    await t.throwsAsync(InferenceModel.load(source), {
      instanceOf: FileFormatError,
      message: /config\.json.*, but it has (4194304|1048577) bytes, not at most 1048576$/,
    });
});

test('weights of another type are called that, wherever they are', async (t) => {
  const header = Buffer.from('{"embedding.weight":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const files = { ...saved, 'model.safetensors': Buffer.concat([length, header, Buffer.alloc(2)]) };
  for (const source of [await writeSaved(newPath(), files), await served(t, files), filesOf(files), bytesOf(files)])
    await t.throwsAsync(InferenceModel.load(source), {
      instanceOf: FileFormatError,
      message: /^Expected float32 \(F32\) weights in .*model\.safetensors.*, got F16 in embedding\.weight$/,
    });
});

for (const [what, source, message] of [
  ['nothing', undefined, /^Expected source to be the path, the URL or the files of a model, got undefined/],
  ['an empty path', '', /^Expected source to be the path of a directory, got ""/],
  ['a number', 5, /^Expected source to be the path, the URL or the files of a model, got 5/],
  ['a list of something else', [1], /^Expected source to be the path, the URL or the files of a model/],
  ['files that are texts', { 'config.json': '{}' }, /^Expected the file config\.json of source to be bytes/],
] as const)
  test(`${what} is an InvalidArgumentError`, async (t) => {
    const error = { instanceOf: InvalidArgumentError, message };
    await t.throwsAsync(InferenceModel.load(source as unknown as ModelSource), error);
  });

test('options that are none are InvalidArgumentErrors', async (t) => {
  const path = await writeSaved(newPath(), saved);
  for (const options of [{ kernel: 'gpu' }, { onProgress: 5 }, { tokenizer: {} }])
    await t.throwsAsync(InferenceModel.load(path, options as unknown as { kernel: 'wasm' }), {
      instanceOf: InvalidArgumentError,
    });
});

test('a tokenizer of its user is taken where it is the one that was saved, and asked for where it is needed', async (t) => {
  const path = newPath();
  const model = new LanguageModel({ cell: 'gru', tokenizer: byteTokenizer, embeddingSize: 3, hiddenSize: 4 });
  await model.save(path);
  model.dispose();
  t.is((await InferenceModel.load(path, { tokenizer: byteTokenizer })).tokenizer, byteTokenizer);
  await t.throwsAsync(InferenceModel.load(path), {
    instanceOf: FileFormatError,
    message: /got type "bytes" \(string\); InferenceModel\.load\(path, \{ tokenizer \}\) takes one of your own$/,
  });
  await t.throwsAsync(InferenceModel.load(path, { tokenizer: new CharacterTokenizer('ab') }), {
    instanceOf: FileFormatError,
    message: /^Expected the given tokenizer to be the one in .*, got another$/,
  });
});

// ── What LanguageModel refuses, this refuses, in the same words; what it takes, this takes ──

/** What a load comes to: what the model says, or the words in which it was refused. */
async function outcome(load: () => Promise<number>): Promise<number | string> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
    return error.message.replaceAll('LanguageModel', 'InferenceModel');
  }
}

async function isRefusedAlike(t: ExecutionContext, files: SavedFiles): Promise<void> {
  const path = await writeSaved(newPath(), files);
  const [theirs, ours] = [
    await outcome(async () => {
      const model = await LanguageModel.load(path);
      const { layers } = model.config;
      model.dispose();
      return layers;
    }),
    await outcome(async () => (await InferenceModel.load(path)).config.layers),
  ];
  // What a probe got is told to its last place, which may be another; what overflows may do so elsewhere.
  const [a, b] = [theirs, ours].map((words) => String(words).replace(/ at time step \d+ the log-probability .*$/, ''));
  t.is(b, a);
  await rm(path, { recursive: true });
}

const edits = fc.array(
  fc.record({ at: fc.nat(), remove: fc.nat({ max: 8 }), insert: fc.uint8Array({ maxLength: 8 }) }),
  { minLength: 1, maxLength: 4 },
);
const fileNames = fc.constantFrom('config.json', 'cell.json', 'model.safetensors', 'tokenizer.json');

function edited(bytes: Buffer, changes: readonly { at: number; remove: number; insert: Uint8Array }[]): Buffer {
  return changes.reduce((all, { at, remove, insert }) => {
    const place = at % (all.length + 1);
    return Buffer.concat([all.subarray(0, place), insert, all.subarray(place + remove)]);
  }, bytes);
}

test.serial('any byte of any file changed: as LanguageModel takes it', async (t) => {
  await fc.assert(
    fc.asyncProperty(fileNames, fc.nat(), fc.nat({ max: 255 }), async (name, position, byte) => {
      const bytes = Buffer.from(saved[name] ?? '');
      bytes[position % bytes.length] = byte;
      await isRefusedAlike(t, { ...saved, [name]: bytes });
    }),
    { numRuns: sweepOf(300, 60) },
  );
});

test.serial('any edits of a file without checksums: as LanguageModel takes them', async (t) => {
  const { sha256: _, ...config } = JSON.parse(String(saved['config.json']));
  const files = { ...saved, 'config.json': Buffer.from(JSON.stringify(config)) };
  await fc.assert(
    fc.asyncProperty(fileNames, edits, async (name, changes) => {
      await isRefusedAlike(t, { ...files, [name]: edited(files[name as keyof typeof files] ?? Buffer.of(), changes) });
    }),
    { numRuns: sweepOf(300, 60) },
  );
});

test.serial('any JSON as any part of config.json or cell.json: as LanguageModel takes it', async (t) => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.nat({ max: 40 }),
    fc.constantFrom('add', 'maximum', 'tanh', 'exp', 'state', 'gru', 'learned', '__proto__', [0, 1], 1e300, null),
  );
  const places = ['config.json', 'cell.json'].flatMap((name) => {
    const found: [string, readonly string[]][] = [];
    const walk = (of: unknown, path: readonly string[]): void => {
      if (path.length > 0) found.push([name, path]);
      if (typeof of === 'object' && of !== null)
        for (const [key, member] of Object.entries(of)) walk(member, [...path, key]);
    };
    walk(JSON.parse(String(saved[name])), []);
    return found;
  });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), value, async ([name, path], changed) => {
      const whole: Record<string, unknown> = JSON.parse(String(saved[name]));
      const place = path.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, whole);
      place[path.at(-1) ?? ''] = changed;
      const files = { ...saved, [name]: JSON.stringify(whole) };
      await isRefusedAlike(t, path[0] === 'sha256' ? files : resealed(files));
    }),
    { numRuns: sweepOf(300, 60) },
  );
});

test.serial('random bytes in place of a file are refused wherever they come from', async (t) => {
  await fc.assert(
    fc.asyncProperty(fileNames, fc.uint8Array({ maxLength: 300 }), async (name, bytes) => {
      const files = { ...bytesOf(saved), [name]: bytes };
      await t.throwsAsync(InferenceModel.load(files), { instanceOf: FileFormatError });
    }),
    { numRuns: sweepOf(100, 40) },
  );
});

test.serial('an edited SentencePiece model is a model or a FileFormatError', async (t) => {
  const path = newPath();
  const file = fixtureAt('sentencepiece/ours-bpe.model');
  const tokenizer = await SentencePieceTokenizer.load(file);
  const model = new LanguageModel({ cell: 'rnn', tokenizer, embeddingSize: 1, hiddenSize: 1 });
  await model.save(path);
  model.dispose();
  const { sha256: _, ...config } = JSON.parse(String(await readFile(join(path, 'config.json'))));
  await writeFile(join(path, 'config.json'), JSON.stringify(config));
  const { bytes } = tokenizer;
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), fc.boolean(), async (at, byte, isCut) => {
      const changed = isCut ? bytes.subarray(0, at) : bytes.map((value, place) => (place === at ? byte : value));
      await writeFile(join(path, 'tokenizer.model'), changed);
      await InferenceModel.load(path).catch((error) => {
        if (!(error instanceof FileFormatError)) throw error;
      });
    }),
    { numRuns: sweepOf(50, 20) },
  );
  t.pass();
});
