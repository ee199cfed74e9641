import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { Computer } from '../../../web/compute/Computer.js';
import { chooseFiles } from '../../../web/compute/chooseFiles.js';
import type { ListedFile, OpenProgress, OpenRequest } from '../../../web/compute/types.js';
import { given, problemOf } from '../../support/computing.js';
import { handMadeFiles } from '../../support/handMadeModel.js';
import { markovFiles } from '../../support/markovModel.js';

const files = markovFiles({ EOS: { a: 1 }, a: { EOS: 1 } });

const open = (request: Partial<OpenRequest> & Pick<OpenRequest, 'source'>, onPart?: (part: OpenProgress) => void) =>
  new Computer().ask<'open'>({ kind: 'open', model: 'm', ...request }, onPart && { onPart });

// ── Opening ──

test('a model that was opened says what it is made of', async (t) => {
  const lstm = handMadeFiles({
    ...{ cell: 'lstm', characters: 'abcd', embeddingSize: 3, hiddenSize: 5, layers: 2 },
    weights: {},
  });
  const parts: OpenProgress[] = [];
  const facts = await open({ source: given(lstm), passages: 'abc' }, (part) => parts.push(part));
  const gates = [
    ...['forget', 'input', 'output', 'candidate'].map((name) => ({ name, width: 5, isState: false })),
    ...['hidden', 'memory'].map((name) => ({ name, width: 5, isState: true })),
  ];
  t.deepEqual(facts, {
    ...{ model: 'm', cell: 'lstm', layers: [gates, gates], hiddenSize: 5, embeddingSize: 3, vocabularySize: 7 },
    ...{ isOfCharacters: true, kernel: 'wasm', passages: 3 },
  });
  t.deepEqual([...new Set(parts.map(({ file }) => file))].sort(), Object.keys(lstm).sort());
});

test('held-out text is taken from its file, unless it is given', async (t) => {
  const source = [...given(files), { name: 'passages.txt', bytes: new TextEncoder().encode('a\naaa\n') }];
  t.is((await open({ source })).passages, 6);
  t.is((await open({ source, passages: '' })).passages, 0);
  t.is((await open({ source: given(files) })).passages, 0);
});

/** Serves files by their paths. */
async function serve(t: ExecutionContext, served: Readonly<Record<string, Uint8Array>>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const body = served[request.url ?? ''];
    response.writeHead(body ? 200 : 404).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.teardown(() => server.close());
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('a model at a URL is opened with the held-out text of its run, which is not asked for where it is given', async (t) => {
  const served = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`/run/best/${name}`, bytes]));
  const { url, asked } = await serve(t, { ...served, '/run/passages.txt': new TextEncoder().encode('aa\n') });
  t.is((await open({ source: `${url}/run/best/` })).passages, 3);
  asked.length = 0;
  t.is((await open({ source: `${url}/run/best`, passages: '' })).passages, 0);
  t.false(asked.some((path) => path.includes('passages')));
});

test('a model that is not where it should be is a problem of the network', async (t) => {
  const { url } = await serve(t, {});
  const { kind, message } = await problemOf(open({ source: `${url}/nowhere` }));
  t.is(kind, 'network');
  t.regex(message, /nowhere\/config\.json, but the server answers 404$/);
  t.is((await problemOf(open({ source: 'http://127.0.0.1:1/x' }))).kind, 'network');
});

for (const [name, damaged] of [
  ['a file that is missing', { ...files, 'config.json': undefined }],
  ['weights of another size', { ...files, 'model.safetensors': files['model.safetensors']?.subarray(0, 50) }],
  ['a configuration that is none', { ...files, 'config.json': new TextEncoder().encode('<b>{') }],
  [
    'a changed tokenizer',
    { ...files, 'tokenizer.json': new TextEncoder().encode('{"type":"characters","characters":"b"}') },
  ],
] as const)
  test(`${name} is a problem of the files, with what was expected`, async (t) => {
    const there = Object.entries(damaged).flatMap(([file, bytes]) => (bytes ? [[file, bytes] as const] : []));
    const { kind, message, advice } = await problemOf(open({ source: given(Object.fromEntries(there)) }));
    t.is(kind, 'file');
    t.regex(message, /^Expected /);
    t.not(advice, '');
  });

test('of two models of one name the later is there, and a closed one is not', async (t) => {
  const computer = new Computer();
  await computer.ask<'open'>({ kind: 'open', model: 'm', source: given(files), passages: '' });
  const other = markovFiles({ EOS: { b: 1 }, b: { EOS: 1 } });
  await computer.ask<'open'>({ kind: 'open', model: 'm', source: given(other), passages: '' });
  const write = () => computer.ask<'write'>({ kind: 'write', model: 'm', text: 'b' });
  t.true(((await write()).surprise[0] ?? 1) < 1e-5);
  t.is(await computer.ask<'close'>({ kind: 'close', model: 'm' }), null);
  t.is((await problemOf(write())).kind, 'input');
});

test('opening that is ended leaves no model', async (t) => {
  const computer = new Computer();
  const signal = AbortSignal.abort();
  t.is(
    (await problemOf(computer.ask<'open'>({ kind: 'open', model: 'm', source: given(files) }, { signal }))).kind,
    'aborted',
  );
  t.is((await problemOf(computer.ask<'write'>({ kind: 'write', model: 'm', text: '' }))).kind, 'input');
});

// ── Which files ──

const listed = (...paths: readonly string[]): ListedFile[] => paths.map((path) => ({ path, size: 100 }));
const MODEL = ['config.json', 'cell.json', 'model.safetensors', 'tokenizer.json', 'README.md'];
const within = (folder: string): string[] => MODEL.map((name) => `${folder}/${name}`);

const chosen = (all: readonly ListedFile[]) => {
  const made = chooseFiles(all);
  if ('problem' in made) throw new TypeError(made.problem.message);
  return { ...made, files: made.files.map(({ path }) => path) };
};
const refused = (all: readonly ListedFile[]) => {
  const made = chooseFiles(all);
  if ('problem' in made) return made.problem;
  throw new TypeError('They were chosen');
};

test('of a run, its best model is chosen, with the run’s held-out text; the others are named', (t) => {
  const run = listed('run/metrics.jsonl', 'run/passages.txt', ...within('run/last'), ...within('run/best'));
  t.deepEqual(chosen(run), {
    files: [...within('run/best').slice(0, 4), 'run/passages.txt'],
    folder: 'run/best',
    others: ['run/last'],
  });
});

test('files without a folder are a model, with or without a cell, whichever tokenizer it has', (t) => {
  t.deepEqual(chosen(listed(...MODEL)).files, MODEL.slice(0, 4));
  const pieces = ['config.json', 'model.safetensors', 'tokenizer.model', 'passages.txt'];
  t.deepEqual(chosen(listed(...pieces)), { files: pieces, folder: '', others: [] });
});

test('held-out text that is too large is left out: it need not be there', (t) => {
  const all = [...listed(...MODEL), { path: 'passages.txt', size: 2 ** 21 }];
  t.false(chosen(all).files.includes('passages.txt'));
});

test('what is missing is said, where most of a model is', (t) => {
  const { kind, message } = refused(listed('run/best/config.json', 'run/best/model.safetensors', 'run/x/config.json'));
  t.is(kind, 'file');
  t.is(message, 'Expected tokenizer.json or tokenizer.model in run/best, too, got none');
  t.is(
    refused(listed('config.json')).message,
    'Expected model.safetensors, tokenizer.json or tokenizer.model among the files, too, got none',
  );
});

test('files of something else, and none at all, are said to be none of a model', (t) => {
  const { kind, message } = refused(listed('cat.jpg', 'b/dog.jpg', 'c.txt', 'd.txt'));
  t.is(kind, 'file');
  t.is(
    message,
    'Expected the files of a model, config.json, model.safetensors and tokenizer.json or tokenizer.model, got cat.jpg, dog.jpg, c.txt and 1 more',
  );
  t.is(refused([]).message, 'Expected the files of a model, got none');
});

test('a model that is too large is refused before it is read, and so is an empty file', (t) => {
  const large = listed(...MODEL).map((file) => (file.path === 'model.safetensors' ? { ...file, size: 2 ** 30 } : file));
  t.deepEqual(refused(large).kind, 'size');
  t.is(refused(large).message, 'Expected a model of at most 537 MB, got one of 1074 MB');
  const empty = listed(...MODEL).map((file) => (file.path === 'config.json' ? { ...file, size: 0 } : file));
  t.is(refused(empty).message, 'Expected config.json to have content, got an empty file');
});

test('10,000 files are looked through', (t) => {
  const many = listed(...Array.from({ length: 10_000 }, (_, at) => `run/checkpoints/${at}.bin`), ...within('run/best'));
  t.is(chosen(many).folder, 'run/best');
});
