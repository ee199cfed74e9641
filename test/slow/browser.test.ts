import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import type { Browser, Page } from 'playwright-core';
import { createServer } from 'vite';
import * as library from '../../src/browser.js';
import { LanguageModel } from '../../src/model/LanguageModel.js';
import { CharacterTokenizer } from '../../src/text/CharacterTokenizer.js';
import { SentencePieceTokenizer } from '../../src/text/SentencePieceTokenizer.js';
import type { Tokenizer } from '../../src/text/Tokenizer.js';
import { inChromium, launchChromium, PATIENCE } from '../support/chromium.js';
import { setWeight, variableOf } from '../support/languageModels.js';
import { type Bundled, bundled, contentOf, installForPages, serverOfFiles } from '../support/pages.js';
import { fileAt, fixtureAt } from '../support/places.js';
import { runProgram } from '../support/runProgram.js';
import { ROOT } from '../support/typescript.js';

// The entry for browsers, as Vite bundles it, and what a browser makes of it that reaches nothing but this test's server.

/** What a page loads at once when it imports all of the entry, in bytes, minified and packed by gzip. */
const BUDGET = 40_000;

const project = await mkdtemp(join(tmpdir(), 'babblebrook-browser-'));
let files: Bundled[] = [];
let complaints: string[] = [];
let server: Awaited<ReturnType<typeof serverOfFiles>> | undefined;
let browser: Browser | undefined;
let withoutVectors: Browser | undefined;

test.before(async (t) => {
  t.timeout(2 * PATIENCE);
  await installForPages(project);
  const all = `{ ${Object.keys(library)} }`;
  await writeFile(join(project, 'all.js'), `import ${all} from 'babblebrook/browser'; globalThis.library = ${all};`);
  ({ files, complaints } = await bundled(project, 'all.js'));
  const served = new Map<string, string | Uint8Array>([['test.html', testPage(entry()?.fileName)]]);
  for (const file of files) served.set(file.fileName, contentOf(file));
  await copyFile(fileAt('examples/browser/index.html'), join(project, 'index.html'));
  const example = await bundled(project, 'index.html');
  for (const file of example.files) served.set(`example/${file.fileName}`, contentOf(file));
  complaints.push(...example.complaints);
  await saveModels();
  for (const model of Object.keys(MODELS))
    for (const name of await readdir(join(project, model)))
      served.set(`${model}/${name}`, await readFile(join(project, model, name)));
  server = await serverOfFiles(served);
  // No name leads anywhere, whoever asks.
  const args = ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];
  browser = await launchChromium(t, { args });
  if (process.arch === 'x64')
    withoutVectors = await launchChromium(t, { args: [...args, '--js-flags=--no-enable-sse4-1'] });
});
test.after.always(async () => {
  await browser?.close();
  await withoutVectors?.close();
  server?.close();
  await rm(project, { recursive: true });
});

// ── The bundle ──

const entry = (): Bundled | undefined => files.find((file) => file.type === 'chunk' && file.isEntry);
const packedBytes = (file: Bundled): number => gzipSync(contentOf(file), { level: 9 }).length;

/** A file, and those that are loaded with it. */
function loadedWith(file: Bundled | undefined, loaded = new Set<Bundled>()): Set<Bundled> {
  if (!file || loaded.has(file)) return loaded;
  loaded.add(file);
  const imports = file.type === 'chunk' ? file.imports : [];
  for (const name of imports)
    loadedWith(
      files.find(({ fileName }) => fileName === name),
      loaded,
    );
  return loaded;
}

test(`what a page loads at once of all that there is for browsers has at most ${BUDGET} bytes`, (t) => {
  const atOnce = loadedWith(entry());
  for (const file of files) t.log(`${file.fileName}: ${packedBytes(file)} bytes${atOnce.has(file) ? '' : ', later'}`);
  const bytes = [...atOnce].reduce((sum, file) => sum + packedBytes(file), 0);
  t.true(bytes > BUDGET / 2 && bytes <= BUDGET, `${bytes} bytes`);
});

test('nothing of Node.js is in the bundle, and what few need comes later', (t) => {
  t.deepEqual(complaints, []);
  for (const file of files)
    t.false(/(from|import|require)[\s(]*["'`](node:|sentencepiece-js)/.test(String(contentOf(file))), file.fileName);
  const later = files.filter((file) => !loadedWith(entry()).has(file)).map(({ fileName }) => fileName);
  for (const part of ['connectivity', 'PieceTokenizer', 'SentenceSplitter'])
    t.is(later.filter((name) => name.includes(part)).length, 1, String(later));
});

test('the types of the entry need none of Node.js', async (t) => {
  const program = `import { InferenceModel, loadPieceTokenizer, sample } from 'babblebrook/browser';
    const input = document.querySelector('input');
    export const model = await InferenceModel.load(input?.files ?? 'model', { tokenizer: await loadPieceTokenizer(new Uint8Array()) });
    for await (const { text } of sample(model)) document.body.append(text);`;
  await writeFile(join(project, 'page.ts'), program);
  const compilerOptions = {
    ...{ module: 'esnext', moduleResolution: 'bundler', target: 'es2023', lib: ['es2023', 'dom', 'dom.iterable'] },
    ...{ strict: true, noEmit: true, types: [] },
  };
  await mkdir(join(project, 'types'));
  await writeFile(join(project, 'types', 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['../page.ts'] }));
  const { stdout } = await runProgram(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', join(project, 'types')]);
  t.deepEqual(
    stdout.split('\n').filter((line) => /^\S/.test(line) && !line.includes('node_modules/ix/')),
    [],
  );
});

// ── What it computes ──

/** A page that has the bundle, and a way to pick a directory. */
function testPage(script: string | undefined): string {
  return `<!doctype html><title>test</title><input type="file" id="files" webkitdirectory /><script type="module" src="${script}"></script>`;
}

/** What is saved for pages: characters and pieces, a cell of one part and of two, float32 and float16. */
const MODELS: Readonly<Record<string, () => Promise<LanguageModel>>> = {
  characters: async () => randomModel('gru', new CharacterTokenizer('abcdefghij klmnop.'), 2),
  pieces: async () =>
    randomModel('lstm', await SentencePieceTokenizer.load(fixtureAt('sentencepiece/ours-unigram.model')), 1),
  bytes: async () =>
    randomModel('lstm', await SentencePieceTokenizer.load(fixtureAt('sentencepiece/google-bytes.model')), 1),
};

async function saveModels(): Promise<void> {
  for (const [name, make] of Object.entries(MODELS)) {
    const model = await make();
    await model.save(join(project, name), { precision: name === 'bytes' ? 'float16' : 'float32' });
    model.dispose();
  }
}

/**
 * A model whose choices are not as close as rounding, for its projection has larger weights than initial ones, and whose states do not make
 * more of rounding as time goes on.
 */
function randomModel(cell: 'gru' | 'lstm', tokenizer: Tokenizer, layers: number): LanguageModel {
  const model = new LanguageModel({ cell, tokenizer, layers, embeddingSize: 12, hiddenSize: 24, bias: true });
  for (const name of Object.keys(model.weights)) {
    const scale = name === 'projection' ? 2 : name.includes('recurrent') ? 0.2 : 0.7;
    const { size } = variableOf(model, name);
    setWeight(
      model,
      name,
      Array.from({ length: size }, (_, at) => scale * Math.sin(7 * at * at + name.length)),
    );
  }
  return model;
}

/** Everything that a page can have. */
type Library = typeof library;

interface Made {
  readonly kernel: string;
  readonly tokens: Readonly<
    Record<string, readonly { readonly id: number; readonly text: string; readonly logProbability: number }[]>
  >;
  readonly numbers: readonly number[];
}

/** What decoders make of a model, here or in a page: nothing of this file is in it. */
async function decoded(
  { InferenceModel, greedy, sample, beamSearch, topP }: Library,
  source: Parameters<Library['InferenceModel']['load']>[0],
  options: Parameters<Library['InferenceModel']['load']>[1],
): Promise<Made> {
  const model = await InferenceModel.load(source, options);
  const prompt = 'a cab of';
  const maxLength = 40;
  const runs = {
    greedy: greedy(model, { prompt, maxLength }),
    sample: sample(model, { prompt, maxLength, seed: 5, temperature: 0.8 }),
    chosen: sample(model, { maxLength, seed: 6, processors: [topP(0.9)] }),
    beams: beamSearch(model, { prompt, maxLength, beams: 5 }),
  };
  const tokens: Record<string, { id: number; text: string; logProbability: number }[]> = {};
  for (const [name, run] of Object.entries(runs)) {
    const all: { id: number; text: string; logProbability: number }[] = [];
    for await (const { id, text, logProbability } of run) all.push({ id, text, logProbability });
    tokens[name] = all;
  }
  const { logProbabilities } = await model.score('a bad decade, ﬁlled 🙂.');
  const numbers = [...logProbabilities, ...(await model.connectivity('a fig', 3))];
  return { kernel: model.kernel, tokens, numbers };
}

/** Where a page has a model, as JavaScript. */
const SOURCES: Readonly<Record<string, (model: string) => string>> = {
  'a URL relative to the page': (model) => `'${model}'`,
  'a URL': (model) => `new URL('/${model}/', location.href)`,
  'the directory that was picked': () => "document.getElementById('files').files",
  'its files, one by one': () => "[...document.getElementById('files').files]",
  bytes: (model) => `Object.fromEntries(await Promise.all(
    ['config.json', 'cell.json', 'model.safetensors', '${model === 'characters' ? 'tokenizer.json' : 'tokenizer.model'}'].map(async (name) =>
      [name, new Uint8Array(await (await fetch('/${model}/' + name)).arrayBuffer())])))`,
};

/** Waits until an expression holds in a page; not for its next frame, which a page that nobody looks at may never have. */
async function until(page: Page, holds: string): Promise<void> {
  await page.waitForFunction(holds, undefined, { polling: 100 });
}

/** A page of the server, and what else it asked for or complained of. */
async function open(
  t: ExecutionContext,
  path: string,
  { where = browser, origin = server?.origin }: { where?: Browser | undefined; origin?: string | undefined } = {},
): Promise<{ page: Page; complaints: string[] }> {
  if (!where) throw new Error('There is no Chromium');
  const context = await where.newContext();
  t.teardown(() => context.close());
  context.setDefaultTimeout(PATIENCE);
  const complaints: string[] = [];
  await context.route(
    (url) => url.origin !== origin,
    (route) => {
      complaints.push(route.request().url());
      return route.abort();
    },
  );
  const page = await context.newPage();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  // What runs these tests as they are written may name functions.
  await page.addInitScript('globalThis.__name = (named) => named;');
  await page.goto(`${origin}/${path}`);
  return { page, complaints };
}

async function inPage(page: Page, source: string, options: string): Promise<Made & { heard: unknown[] }> {
  await until(page, 'globalThis.library');
  return page.evaluate(`(async () => {
    const heard = [];
    const made = await (${decoded})(library, ${source}, { onProgress: (one) => heard.push(one), ...${options} });
    return { ...made, heard };
  })()`);
}

/** The same tokens, and numbers that are apart by rounding alone. */
function isSame(t: ExecutionContext, got: Made, expected: Made): void {
  const choices = ({ tokens }: Made) =>
    Object.entries(tokens).map(([name, all]) => [name, all.map(({ id, text }) => [id, text])]);
  t.deepEqual(choices(got), choices(expected));
  const all = ({ tokens, numbers }: Made): number[] => [
    ...Object.values(tokens).flatMap((ofOne) => ofOne.map(({ logProbability }) => logProbability)),
    ...numbers,
  ];
  const theirs = all(expected);
  const scale = Math.max(...theirs.map(Math.abs));
  for (const [at, number] of all(got).entries())
    t.true(Math.abs(number - (theirs[at] ?? NaN)) <= 1e-5 * scale, `${number} ${theirs[at]}`);
}

for (const name of Object.keys(MODELS))
  inChromium(
    `${name}: a page decodes the tokens that Node.js does, wherever it has the model, and hears how far it is`,
    async (t) => {
      t.timeout(PATIENCE);
      const expected = await decoded(library, join(project, name), {});
      t.true(Object.values(expected.tokens).every((tokens) => tokens.length > 3));
      const { page, complaints } = await open(t, 'test.html');
      await page.setInputFiles('#files', join(project, name));
      for (const [what, source] of Object.entries(SOURCES)) {
        const { heard, ...got } = await inPage(page, source(name), '{}');
        t.is(got.kernel, 'wasm', what);
        isSame(t, got, expected);
        const weights = await readFile(join(project, name, 'model.safetensors'));
        const last = { file: 'model.safetensors', loadedBytes: weights.length, totalBytes: weights.length };
        t.deepEqual(heard.at(-1), last, what);
      }
      t.deepEqual(complaints, []);
    },
  );

inChromium(
  'plain code decodes the same tokens: where it is asked for, and where there is no WebAssembly',
  async (t) => {
    const expected = await decoded(library, join(project, 'characters'), {});
    const { page, complaints } = await open(t, 'test.html');
    for (const [before, options] of [
      ['', "{ kernel: 'plain' }"],
      ['delete globalThis.WebAssembly', '{}'],
    ] as const) {
      await page.evaluate(before);
      const got = await inPage(page, "'characters'", options);
      t.is(got.kernel, 'plain');
      isSame(t, got, expected);
    }
    t.deepEqual(complaints, []);
  },
);

if (process.arch === 'x64')
  inChromium('plain code decodes the same tokens where WebAssembly has no vectors', async (t) => {
    const { page, complaints } = await open(t, 'test.html', { where: withoutVectors });
    t.is(await page.evaluate('typeof WebAssembly'), 'object');
    const got = await inPage(page, "'characters'", '{}');
    t.is(got.kernel, 'plain');
    isSame(t, got, await decoded(library, join(project, 'characters'), {}));
    t.deepEqual(complaints, []);
  });

inChromium('what is wrong with a model is told in a page as it is here', async (t) => {
  const { page } = await open(t, 'test.html');
  await until(page, 'globalThis.library');
  for (const [source, kind, message] of [
    [
      "'nowhere'",
      'FileFormatError',
      `Expected to read ${server?.origin}/nowhere/config.json, but the server answers 404`,
    ],
    ["'file:///model'", 'InvalidArgumentError', 'Expected source to be a URL of http: or https:, got file:'],
    ['{}', 'FileFormatError', 'Expected to read config.json of the given files, but there is none'],
  ] as const) {
    // By its class: what it is called is another name in a minified bundle.
    const told = `library.InferenceModel.load(${source}).catch((error) => [error instanceof library.${kind}, error.message])`;
    t.deepEqual(await page.evaluate(told), [true, message]);
  }
});

inChromium('a page cuts text into sentences, and restores tokenizers', async (t) => {
  const { page, complaints } = await open(t, 'test.html');
  await until(page, 'globalThis.library');
  const pieces = await SentencePieceTokenizer.load(fixtureAt('sentencepiece/ours-bpe.model'));
  const made = await page.evaluate(`(async () => {
    const splitter = await library.loadSentenceSplitter();
    const tokenizer = await library.tokenizerFromJSON(${JSON.stringify(pieces.toJSON())});
    const loaded = await library.loadPieceTokenizer(tokenizer.bytes);
    const ids = [tokenizer, loaded].map((one) => [...one.encode('We will not rest.')]);
    return [[...splitter.push('Mr. Bo came. He went.'), ...splitter.end()], ...ids];
  })()`);
  const ids = [...pieces.encode('We will not rest.')];
  t.deepEqual(made, [['Mr. Bo came.', 'He went.'], ids, ids]);
  t.deepEqual(complaints, []);
});

// ── The example ──

/** Babbles until a sentence has some length, which depends on the time. */
async function babbles(t: ExecutionContext, page: Page): Promise<void> {
  await until(page, "document.querySelector('output').value.startsWith('gru, 2 × 24, by wasm')");
  await page.fill('#prompt', 'a cab');
  for (let text = ''; text.length < 10; text = (await page.textContent('#text')) ?? '') {
    t.regex(text, /^(a cab[a-p .]*)?$/);
    await page.click('#babble');
    await until(page, "!document.querySelector('#babble').disabled");
  }
}

inChromium('examples/browser loads a model by its URL or from a directory, and babbles', async (t) => {
  t.timeout(PATIENCE);
  const { page, complaints } = await open(t, 'example/index.html?model=/characters');
  await babbles(t, page);
  await page.goto(`${server?.origin}/example/index.html`);
  t.true(await page.isDisabled('#babble'));
  await page.setInputFiles('#directory', join(project, 'characters'));
  await babbles(t, page);
  t.deepEqual(complaints, []);
});

inChromium('examples/browser babbles as `npx vite` serves it, too', async (t) => {
  t.timeout(PATIENCE);
  const vite = await createServer({
    ...{ root: project, configFile: false, logLevel: 'silent' },
    server: { host: '127.0.0.1', port: 0 },
  });
  t.teardown(() => vite.close());
  await vite.listen();
  const { page, complaints } = await open(t, 'index.html?model=/characters', {
    origin: new URL(vite.resolvedUrls?.local[0] ?? '').origin,
  });
  await babbles(t, page);
  t.deepEqual(
    complaints.filter((complaint) => !complaint.startsWith('[vite]')),
    [],
  );
});

inChromium('examples/browser stops when it is told to, and shows what is wrong', async (t) => {
  const { page } = await open(t, 'example/index.html?model=/nowhere');
  await until(page, "/config.json, but the server answers 404$/.test(document.querySelector('output').value)");
  await page.goto(`${server?.origin}/example/index.html?model=/pieces`);
  await until(page, "!document.querySelector('#babble').disabled");
  await page.evaluate("document.forms[0].requestSubmit(); document.querySelector('#stop').click()");
  await until(page, "document.querySelector('#stop').disabled");
  t.true(((await page.textContent('#text')) ?? '').length < 100);
});
