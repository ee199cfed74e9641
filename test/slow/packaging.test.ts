import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { useBackend } from '../../src/model/backend.js';
import { runProgram } from '../support/runProgram.js';

/** The backend of this clone: a new one on the same machine gets the same. */
const expected = await useBackend();

/** The environment of a terminal: without what npm sets for the scripts that it runs, as it runs this one. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|BABBLEBROOK_|NODE_OPTIONS$|NODE_ENV$)/i.test(name)),
);

/** Where a temporary directory is removed: after the test, or after all of them. */
type Teardown = (action: () => Promise<void>) => void;

const removals: (() => Promise<void>)[] = [];
const after: Teardown = (action) => removals.push(action);
test.after.always(() => Promise.all(removals.map((remove) => remove())));

async function directory(t: ExecutionContext, teardown: Teardown = t.teardown): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'packaging-'));
  teardown(() => rm(root, { recursive: true, force: true }));
  return root;
}

/** Runs a command line that has to succeed, and returns all that it prints. */
async function shell(t: ExecutionContext, cwd: string, line: string): Promise<string> {
  const [program = '', ...args] = line.split(' ');
  const { code, stdout, stderr } = await runProgram(program, args, { cwd, env });
  t.is(code, 0, `${line}\n${stdout}\n${stderr}`);
  return stdout + stderr;
}

/** The working tree as git would clone it, were all of it committed. */
async function clone(t: ExecutionContext, teardown?: Teardown): Promise<string> {
  const root = await directory(t, teardown);
  const files = await shell(t, '.', 'git ls-files --cached --others --exclude-standard --deduplicate');
  for (const file of files.trim().split('\n').filter(existsSync)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await copyFile(file, path.join(root, file));
  }
  return root;
}

let readyClone: Promise<string> | undefined;

/** A clone that `npm ci` set up: once for all tests. */
function ready(t: ExecutionContext): Promise<string> {
  readyClone ??= (async () => {
    const root = await clone(t, after);
    await shell(t, root, 'npm ci');
    return root;
  })();
  return readyClone;
}

for (const npm of ['npm', 'npx -y npm@10', 'npx -y npm@12']) {
  test.serial(`in a new clone, \`${npm} ci\` alone sets the backend up`, async (t) => {
    const root = npm === 'npm' ? await ready(t) : await clone(t);
    if (npm !== 'npm') await shell(t, root, `${npm} ci`);
    const report = await shell(t, root, 'npm run doctor');
    t.regex(report, new RegExp(`^backend +${expected}$`, 'm'));
  });
}

let packedClone: Promise<{ root: string; tarball: string }> | undefined;

/** That clone, and what `npm pack` makes of it: once for all tests. */
function packed(t: ExecutionContext): Promise<{ root: string; tarball: string }> {
  packedClone ??= (async () => {
    const root = await ready(t);
    await shell(t, root, 'npm pack --pack-destination .');
    return { root, tarball: path.join(root, 'babblebrook-0.1.0.tgz') };
  })();
  return packedClone;
}

/** What is tested on: the oldest that is supported, and those after it. */
const VERSIONS = [20, 22, 24];

interface Installed {
  /** The clone that the package is from. */
  readonly root: string;
  /** A project that was empty before. */
  readonly project: string;
  /** What npm said. */
  readonly output: string;
}

const installations = new Map<number, Promise<Installed>>();

/** A project that the packed library was installed into, under a version of Node: once for all tests. */
function installed(t: ExecutionContext, version = 20): Promise<Installed> {
  const install = async (): Promise<Installed> => {
    const { root, tarball } = await packed(t);
    const project = await directory(t, after);
    await writeFile(path.join(project, 'package.json'), '{ "private": true, "type": "module" }');
    await makeCorpus(path.join(project, 'corpus.txt'));
    return { root, project, output: await shell(t, project, `${node(version)} npm install ${tarball}`) };
  };
  const installation = installations.get(version) ?? install();
  installations.set(version, installation);
  return installation;
}

/** What a command line begins with to run under a version of Node. */
function node(version: number): string {
  return `npx -y -p node@${version}`;
}

/** Compiles a program with the compiler and the types of Node of the clone. */
async function compile(t: ExecutionContext, { root, project }: Installed, program: string): Promise<void> {
  const compiler = path.join(root, 'node_modules', '.bin', 'tsc');
  const types = `--types node --typeRoots ${path.join(root, 'node_modules', '@types')}`;
  await shell(t, project, `${compiler} ${program} --module nodenext --target es2023 --strict --skipLibCheck ${types}`);
}

for (const version of VERSIONS) {
  test.serial(`on Node ${version}, the packed library installs silently, has types, and runs`, async (t) => {
    const installation = await installed(t, version);
    t.notRegex(installation.output, /\[native\]/);
    await writeFile(
      path.join(installation.project, 'program.ts'),
      `import { type BackendReport, backendReport } from 'babblebrook';
       import { greedy } from 'babblebrook/decoding';
       import { compareCells } from 'babblebrook/lab';
       import { pipeline } from 'babblebrook/pipeline';
       import { completionsHandler } from 'babblebrook/serving';
       import { CharacterTokenizer } from 'babblebrook/text';
       if (![greedy, compareCells, completionsHandler, pipeline, CharacterTokenizer].every((one) => typeof one === 'function')) throw new Error();
       const report: BackendReport = backendReport();
       console.log(process.versions.node, report.backend);`,
    );
    await compile(t, installation, 'program.ts');
    const printed = await shell(t, installation.project, `${node(version)} node program.js`);
    t.regex(printed, new RegExp(`^${version}\\.\\d+\\.\\d+ (tensorflow|wasm)\n$`));
  });

  test.serial(`on Node ${version}, the README's first example runs from the package`, async (t) => {
    const installation = await installed(t, version);
    const { project } = installation;
    const [, example = ''] = /^```ts\n([\s\S]+?)^```$/m.exec(await readFile('README.md', 'utf8')) ?? [];
    await makeCorpus(path.join(project, 'corpus', 'state-of-the-union.txt'));
    // As it stands but for its size.
    const small = example
      .replace(/hiddenSize: \d+/, 'hiddenSize: 16')
      .replace(/epochs\(\d+/, 'epochs(1')
      .replace(/maxLength: \d+/, 'maxLength: 20');
    t.is(small.match(/hiddenSize: 16|epochs\(1|maxLength: 20/g)?.length, 3);
    await writeFile(path.join(project, 'example.ts'), small);
    await compile(t, installation, 'example.ts');
    t.regex(await shell(t, project, `${node(version)} node example.js`), /^(\d+\.\d+\n)+/);
  });

  test.serial(`on Node ${version}, babblebrook trains, and generates from what it learned`, async (t) => {
    const { project } = await installed(t, version);
    const babblebrook = `${node(version)} node node_modules/.bin/babblebrook`;
    const small = '--corpus corpus.txt --epochs 2 --hidden 16 --embedding 8 --out runs/small';
    t.regex(await shell(t, project, `${babblebrook} train ${small}`), /^epoch 2 \|/m);
    t.is((await shell(t, project, `${babblebrook} generate --run runs/small --max-length 20`)).split('\n').length, 2);
  });
}

test.serial('publint and arethetypeswrong find nothing wrong with the package', async (t) => {
  const { root, tarball } = await packed(t);
  // Not its suggestions: conditions in place of the field `browser` would need other paths in `dist/` than in `src/`.
  const publint = `node_modules/.bin/publint run --strict --level warning ${tarball}`;
  t.regex(await shell(t, root, publint), /All good!/);
  await shell(t, root, `node_modules/.bin/attw --profile esm-only ${tarball}`);
});

test.serial('the package holds what it needs, and nothing of a checkout', async (t) => {
  const { project } = await installed(t);
  const root = path.join(project, 'node_modules', 'babblebrook');
  const files = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
  const allowed =
    /^(dist\/src\/.+(\.js|\.d\.ts)|dist\/scripts\/.+\.js|docs\/.+|scripts\/native\.mjs|examples\/(browser\/index\.html|README\.md|addresses\.jsonl|\d\d-[\w-]+\.ts|lab\/[\w-]+\.ts)|corpus\/(README\.md|state-of-the-union\.txt)|models\/(README\.md|[\w-]+\/(best\/[\w.]+|passages\.txt))|dist\/web\/[\w-]+\.(html|js|css|svg|md)|(README|CHANGELOG|CONTRIBUTING|SECURITY)\.md|llms\.txt|LICENSE|package\.json)$/;
  t.deepEqual(
    files.filter((file) => !allowed.test(file)),
    [],
  );
  for (const file of files.filter((name) => name.endsWith('.js'))) {
    const code = await readFile(path.join(root, file), 'utf8');
    t.notRegex(code, /sourceMappingURL/, file);
    for (const [, target = ''] of code.matchAll(/(?:from|import|new URL)[ (]*'(\.[^']+\.js)'/g))
      t.true(existsSync(path.join(root, path.dirname(file), target)), `${file}: ${target}`);
  }
});

test.serial('npx babblebrook runs every command without a checkout', async (t) => {
  const { project } = await installed(t);
  const npx = (line: string): Promise<string> => shell(t, project, `npx babblebrook ${line}`);
  const small = '--hidden 16 --embedding 8 --no-tensorboard';
  // Without --corpus: the one that comes with the package.
  const trained = await npx(`train --minutes 0.02 ${small} --out runs/default`);
  t.regex(trained, /train on 19,253 sentences/);
  t.regex(trained, /More: npx babblebrook generate --run runs\/default/);
  t.is((await npx('generate --run runs/default --count 3 --max-length 20')).trimEnd().split('\n').length, 3);

  t.true(JSON.parse(await npx('evaluate --run runs/default --text corpus.txt')).natsPerToken > 0);
  await npx('tokenizer --corpus corpus.txt --vocabulary 30 --out corpus.model');
  await npx(`train --corpus corpus.txt --tokenizer corpus.model --epochs 1 ${small} --out runs/pieces`);
  await shell(t, project, 'npm install vega@6 vega-lite@6'); // Only who compares needs them.
  await npx('compare --corpus corpus.txt --cells lstm,gru --seeds 1 --epochs 1 --hidden 8 --out runs/compare');
  t.true(existsSync(path.join(project, 'runs', 'compare', 'report.html')));
  t.regex(await npx('doctor'), /^babblebrook +0\.1\.0$/m);
});

test.serial(
  'babblebrook serve asks for what it answers with, and then serves the model that comes with the package',
  async (t) => {
    const { project } = await installed(t);
    const missing = await runProgram('node_modules/.bin/babblebrook', ['serve', '--port', '0'], { cwd: project, env });
    t.is(missing.code, 2);
    t.regex(
      missing.stderr,
      /^Expected the packages hono and @hono\/node-server, .+: npm install hono@4 @hono\/node-server@2\n$/,
    );
    await shell(t, project, 'npm install hono@4 @hono/node-server@2');
    const child = spawn('node_modules/.bin/babblebrook', ['serve', '--port', '0'], { cwd: project, env });
    t.teardown(() => void child.kill('SIGKILL'));
    const [line] = await once(child.stderr, 'data');
    const [, model, url] = /^serving (\S+) at (http:\S+)\n/.exec(String(line)) ?? [];
    const response = await fetch(`${url}/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, prompt: 'We will', max_tokens: 20, temperature: 0 }),
    });
    t.is(response.status, 200);
    child.kill('SIGTERM');
    t.deepEqual(await once(child, 'exit'), [0, null]);
  },
);

test.serial('Ctrl-C ends babblebrook train with exit code 130 and what was learned', async (t) => {
  const { project } = await installed(t);
  const flags = '--corpus corpus.txt --epochs 100000 --hidden 16 --embedding 8 --out runs/stopped'.split(' ');
  const child = spawn('node_modules/.bin/babblebrook', ['train', ...flags], { cwd: project, env });
  child.stderr.on('data', (chunk) => {
    if (String(chunk).includes('epoch 2 ')) child.kill('SIGINT');
  });
  const [code] = await once(child, 'close');
  t.is(code, 130);
  t.is((await shell(t, project, 'npx babblebrook generate --run runs/stopped --max-length 20')).split('\n').length, 2);
});

/** A text that a small model can learn from in a moment. */
async function makeCorpus(file: string): Promise<void> {
  const words = ['we', 'will', 'build', 'a', 'good', 'road', 'and', 'then', 'go', 'home'];
  const places = (i: number): number[] => [i % 10, Math.floor(i / 10) % 10, Math.floor(i / 100), (i * 7) % 10];
  const sentence = (i: number): string =>
    `We ${places(i)
      .map((at) => words[at])
      .join(' ')}.`;
  const sentences = Array.from({ length: 300 }, (_, i) => sentence(i));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, sentences.join(' '));
}

test.serial('several workers train from the package on Node 20, 22 and 24', async (t) => {
  const { project } = await installed(t);
  await writeFile(
    path.join(project, 'workers.mjs'),
    `import { appendEos, bucketByLength, CharacterTokenizer, LanguageModel, maskPadding, padBatch, pipeline, sgd, tokenize,
       train } from 'babblebrook';
     import { lastValueFrom } from 'rxjs';
     const tokenizer = new CharacterTokenizer('abc');
     const steps = (workers) => pipeline(['abc', 'cab', 'bb'], tokenize(tokenizer), appendEos(tokenizer),
       bucketByLength({ maxTokens: 20 }), padBatch(), maskPadding()).pipe(train(model(), { optimizer: sgd(), workers }));
     const model = () => new LanguageModel({ cell: 'lstm', tokenizer, embeddingSize: 4, hiddenSize: 8 });
     for (const workers of [1, 2]) console.log((await lastValueFrom(steps(workers))).loss.toFixed(3));`,
  );
  for (const version of [20, 22, 24])
    t.regex(await shell(t, project, `npx -y -p node@${version} node workers.mjs`), /^(\d\.\d{3}\n)\1$/);
});
