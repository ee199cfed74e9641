import { mkdtempSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { FileFormatError, InvalidArgumentError } from '../../../src/errors.js';
import { InferenceModel } from '../../../src/inference/InferenceModel.js';
import type { LoadProgress, ModelSource } from '../../../src/inference/ModelSource.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { SentencePieceTokenizer } from '../../../src/text/SentencePieceTokenizer.js';
import { byteTokenizer } from '../../support/byteTokenizer.js';
import { DAMAGES, damagedBytes } from '../../support/damages.js';
import fc from '../../support/fastCheck.js';
import { serverOf } from '../../support/faultyServer.js';
import { smallModel } from '../../support/languageModels.js';
import { fixtureAt } from '../../support/places.js';
import { readSaved, type SavedFiles, writeSaved } from '../../support/savedModels.js';
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

/** Serves files, where they are asked for as they shall be; what is not there is answered with 404. */
async function served(
  t: ExecutionContext,
  fileOf: (name: string) => Buffer | string | undefined,
  isRight: (request: IncomingMessage) => boolean = () => true,
): Promise<string> {
  const { url } = await serverOf(t, (request, response) => {
    const data = isRight(request) ? fileOf(/([^/?]*)(\?|$)/.exec(request.url ?? '')?.[1] ?? '') : undefined;
    if (data === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': Buffer.byteLength(data) }).end(data);
  });
  return url('/models/small');
}

const servedFiles = (t: ExecutionContext, files: SavedFiles): Promise<string> => served(t, (name) => files[name]);

function filesOf(files: SavedFiles): File[] {
  return Object.entries(files).map(([name, data]) => new File([new Uint8Array(Buffer.from(data))], name));
}

function bytesOf(files: SavedFiles): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(files).map(([name, data]) => [name, new Uint8Array(Buffer.from(data))]));
}

/** A file as a browser gives it of a directory that somebody picked. */
function inDirectory(file: File, path: string): File {
  return Object.defineProperty(file, 'webkitRelativePath', { value: path });
}

const ofSaved = (name: string): Buffer | undefined => saved[name];
const sources: [string, (t: ExecutionContext) => Promise<ModelSource>][] = [
  ['a path', async () => writeSaved(newPath(), saved)],
  ['a file URL', async () => pathToFileURL(await writeSaved(newPath(), saved))],
  ['the text of a file URL', async () => pathToFileURL(await writeSaved(newPath(), saved)).href],
  ['an HTTP URL', async (t) => new URL(await servedFiles(t, saved))],
  ['the text of an HTTP URL that ends in a slash', async (t) => `${await servedFiles(t, saved)}/`],
  [
    'a URL that asks for something',
    async (t) => `${await served(t, ofSaved, ({ url }) => /\?key=5$/.test(url ?? ''))}?key=5`,
  ],
  [
    'a URL that has a password',
    async (t) => {
      // Of the UTF-8 bytes of "me:sé €".
      const isRight = ({ headers }: IncomingMessage) => headers.authorization === 'Basic bWU6c8OpIOKCrA==';
      return (await served(t, ofSaved, isRight)).replace('//', '//me:s%C3%A9%20%E2%82%AC@');
    },
  ],
  ['files that were picked', async () => filesOf(saved)],
  [
    'the files of a directory that was picked, and those that lie deeper in it',
    async () => [
      ...filesOf(saved).map((file) => inDirectory(file, `best/${file.name}`)),
      inDirectory(new File(['{}'], 'config.json'), 'best/older/config.json'),
    ],
  ],
  ['bytes', async () => bytesOf(saved)],
];
for (const [what, make] of sources)
  test(`a model is loaded from ${what}, and tells how far it is`, async (t) => {
    const heard: LoadProgress[] = [];
    const model = await InferenceModel.load(await make(t), { onProgress: (progress) => heard.push(progress) });
    t.is((await model.score('abcd')).logProbability, expected);
    for (const name of ['config.json', 'cell.json', 'tokenizer.json', 'model.safetensors']) {
      const last = heard.findLast(({ file }) => file === name);
      t.deepEqual(last, { file: name, loadedBytes: saved[name]?.length ?? 0, totalBytes: saved[name]?.length ?? 0 });
    }
  });

for (const name of ['config.json', 'cell.json', 'tokenizer.json', 'model.safetensors'])
  test(`a model without its ${name} is a FileFormatError that names it, wherever the files are`, async (t) => {
    const { [name]: _, ...files } = saved;
    for (const source of [
      await writeSaved(newPath(), files),
      await servedFiles(t, files),
      filesOf(files),
      bytesOf(files),
    ]) {
      const error = await t.throwsAsync(InferenceModel.load(source), { instanceOf: FileFormatError });
      t.true(error.message.startsWith('Expected to read ') && error.message.includes(name), error.message);
    }
  });

test('a file that is too large is refused, wherever it is, and not read to its end', async (t) => {
  const files = { ...saved, 'config.json': Buffer.alloc(2 ** 22, 0x20) };
  for (const source of [
    await writeSaved(newPath(), files),
    await servedFiles(t, files),
    filesOf(files),
    bytesOf(files),
  ])
    await t.throwsAsync(InferenceModel.load(source), {
      instanceOf: FileFormatError,
      message: /config\.json.*, but it has (4194304|1048577) bytes, not at most 1048576$/,
    });
});

test('weights of another type are called that, wherever they are', async (t) => {
  const header = Buffer.from('{"embedding.weight":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const files = { ...saved, 'model.safetensors': Buffer.concat([length, header, Buffer.alloc(2)]) };
  for (const source of [
    await writeSaved(newPath(), files),
    await servedFiles(t, files),
    filesOf(files),
    bytesOf(files),
  ])
    await t.throwsAsync(InferenceModel.load(source), {
      instanceOf: FileFormatError,
      message:
        /^Expected float32 \(F32\) or float16 \(F16\) weights in .*model\.safetensors.*, got BF16 in embedding\.weight$/,
    });
});

test('a file that was picked and cannot be read is a FileFormatError, and one that is too large is not read', async (t) => {
  const { 'model.safetensors': weights = Buffer.alloc(0), ...others } = saved;
  const unreadable = (size: number) => ({
    name: 'model.safetensors',
    size,
    arrayBuffer: async () => Promise.reject(new Error('it was moved')),
  });
  for (const [size, reason] of [
    [weights.length, 'it was moved'],
    [2 ** 40, 'it has 1099511627776 bytes, not '],
  ] as const) {
    const { message } = (await t.throwsAsync(InferenceModel.load([...filesOf(others), unreadable(size)]), {
      instanceOf: FileFormatError,
    })) as Error;
    t.true(message.startsWith(`Expected to read model.safetensors of the given files, but ${reason}`), message);
  }
});

for (const [what, source, message] of [
  ['nothing', undefined, /^Expected source to be the path, the URL or the files of a model, got undefined/],
  ['an empty path', '', /^Expected source to be the path of a directory, got ""/],
  ['a number', 5, /^Expected source to be the path, the URL or the files of a model, got 5/],
  ['a list of something else', [1], /^Expected source to be the path, the URL or the files of a model/],
  ['a URL that is none', 'http://[', /^Expected source to be the URL of a model, got "http:\/\/\[" \(string\)$/],
  [
    'a URL of no such kind',
    new URL('ftp://me:secret@host/'),
    /^Expected source to be a URL of http: or https: or file:, got ftp:$/,
  ],
  ['files that are texts', { 'config.json': '{}' }, /^Expected the file config\.json of source to be bytes/],
] as const)
  test(`${what} is an InvalidArgumentError`, async (t) => {
    const error = { instanceOf: InvalidArgumentError, message };
    await t.throwsAsync(InferenceModel.load(source as unknown as ModelSource), error);
  });

test('a password is in no error', async (t) => {
  const url = (await servedFiles(t, {})).replace('//', '//me:secret@');
  const { message } = (await t.throwsAsync(InferenceModel.load(url), { instanceOf: FileFormatError })) as Error;
  t.regex(
    message,
    /^Expected to read http:\/\/127\.0\.0\.1:\d+\/models\/small\/config\.json, but the server answers 404$/,
  );
});

test('a server that is not there is a FileFormatError', async (t) => {
  await t.throwsAsync(InferenceModel.load('http://127.0.0.1:1/model'), {
    instanceOf: FileFormatError,
    message: /^Expected to read http:\/\/127\.0\.0\.1:1\/model\/config\.json, but /,
  });
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

for (const [what, damaged] of Object.entries(DAMAGES))
  test.serial(`where ${what}: as LanguageModel takes it`, async (t) => {
    await fc.assert(
      fc.asyncProperty(damaged(saved), ({ files }) => isRefusedAlike(t, files)),
      { numRuns: sweepOf(300, 40) },
    );
  });

for (const [what, damaged] of Object.entries(DAMAGES))
  test.serial(`where ${what}: bytes and URLs as directories`, async (t) => {
    let files: SavedFiles = {};
    const url = await served(t, (name) => files[name]);
    const load = (source: ModelSource) => outcome(async () => (await InferenceModel.load(source)).config.layers);
    await fc.assert(
      fc.asyncProperty(damaged(saved), async (made) => {
        files = made.files;
        const path = await writeSaved(newPath(), files);
        const ofDirectory = (await load(path)).toString().replaceAll(`${path}/`, '').replaceAll(path, 'the model');
        t.is((await load(url)).toString().replaceAll(`${url}/`, '').replaceAll(url, 'the model'), ofDirectory);
        const ofBytes = (await load(bytesOf(files))).toString();
        t.is(ofBytes.replaceAll(' of the given files', '').replaceAll('the given files', 'the model'), ofDirectory);
        await rm(path, { recursive: true });
      }),
      { numRuns: sweepOf(100, 15) },
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
  await fc.assert(
    fc.asyncProperty(damagedBytes(tokenizer.bytes), async (bytes) => {
      await writeFile(join(path, 'tokenizer.model'), bytes);
      await InferenceModel.load(path).catch((error) => {
        if (!(error instanceof FileFormatError)) throw error;
      });
    }),
    { numRuns: sweepOf(50, 15) },
  );
  t.pass();
});
