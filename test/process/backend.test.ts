import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { type BackendName, backendReport, useBackend } from '../../src/model/backend.js';
import { tf } from '../../src/tf.js';
import { LOADER, moduleAt } from '../support/places.js';
import { type Outcome, runNode } from '../support/runProgram.js';
import { type DeclareTest, testWith } from '../support/testWith.js';

const native = (await useBackend()) === 'tensorflow';
const nativeTest = testWith('the native backend', native);

/** In a new process, imports the backend, multiplies, and prints what can be known about it as JSON. */
function inNewProcess(env: NodeJS.ProcessEnv, ...flags: string[]): Promise<Outcome> {
  const backend = moduleAt('src/model/backend.ts').href;
  const program = `
    const { backendReport, prepareBackend } = await import('${backend}');
    await prepareBackend();
    const report = backendReport();
    const { tf } = await import('${moduleAt('src/tf.ts')}');
    const [product] = await tf.matMul([[1, 2]], [[3], [4]]).data();
    const listeners = process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection');
    console.log(JSON.stringify({ ...report, product, listeners }));`;
  const all = { ...process.env, BABBLEBROOK_BACKEND: undefined, ...env };
  return runNode([...LOADER, ...flags, '--input-type=module', '--eval', program], all);
}

/** Flags for a Node where tfjs-node cannot be imported. */
const withoutNative = [
  '--import',
  inUrl(`
    import Module from 'node:module';
    const resolve = Module._resolveFilename;
    Module._resolveFilename = (name, ...rest) => {
      if (name === '@tensorflow/tfjs-node') throw new Error('it is not there');
      return resolve(name, ...rest);
    };`),
];

function inUrl(source: string): string {
  return `data:text/javascript;base64,${Buffer.from(source).toString('base64')}`;
}

for (const backend of ['wasm', 'cpu'] as const) {
  test.serial(`useBackend('${backend}') makes ${backend} compute, on one thread`, async (t) => {
    t.is(await useBackend(backend), backend);
    t.deepEqual([...(await tf.matMul([[1, 2]], [[3], [4]]).data())], [11]);
    const { versions, ...report } = backendReport();
    t.like(report, { backend, threads: 1 });
    t.is(versions.tensorflow, undefined);
  });
}

test.serial('without a name, useBackend takes the native backend where it works, else wasm', async (t) => {
  t.is(await useBackend(), backendReport().nativeProblem === undefined ? 'tensorflow' : 'wasm');
});

test.serial('the report tells the versions', async (t) => {
  await useBackend();
  const { versions } = backendReport();
  t.is(versions.node, process.versions.node);
  t.is(versions.tfjs, '4.22.0');
  t.regex(versions.tensorflow ?? 'none', native ? /^2\.\d+\.\d+$/ : /none/);
});

test('a name that is no backend is an InvalidArgumentError', async (t) => {
  await t.throwsAsync(useBackend('webgl' as BackendName), {
    instanceOf: InvalidArgumentError,
    message: 'Expected backend to be one of tensorflow, wasm, cpu, got "webgl" (string)',
  });
});

for (const backend of ['tensorflow', 'wasm', 'cpu']) {
  const testHere: DeclareTest = backend === 'tensorflow' ? nativeTest : test;
  testHere(`BABBLEBROOK_BACKEND=${backend} chooses it, and leaves no trace in the process`, async (t) => {
    const { stdout, stderr } = await inNewProcess({ BABBLEBROOK_BACKEND: backend, TF_NUM_INTRAOP_THREADS: '1' });
    t.is(stderr, '');
    t.like(JSON.parse(stdout), { backend, product: 11, threads: 1, listeners: 0 });
  });
}

nativeTest('importing the library loads no TensorFlow; the first model does', async (t) => {
  const library = moduleAt('src/index.ts').href;
  const program = `
    import { createRequire } from 'node:module';
    const isLoaded = () => Object.keys(createRequire('${library}').cache).some((path) => path.includes('tfjs-node'));
    const { CharacterTokenizer, LanguageModel } = await import('${library}');
    const before = isLoaded();
    new LanguageModel({ cell: 'rnn', tokenizer: new CharacterTokenizer('ab'), hiddenSize: 2, embeddingSize: 2 });
    console.log(JSON.stringify({ before, after: isLoaded() }));`;
  const { stdout } = await runNode([...LOADER, '--input-type=module', '--eval', program], {
    ...process.env,
    BABBLEBROOK_BACKEND: undefined,
  });
  t.deepEqual(JSON.parse(stdout), { before: false, after: true });
});

test('a BABBLEBROOK_BACKEND that is no backend is an InvalidArgumentError that names the variable', async (t) => {
  const { code, stderr } = await inNewProcess({ BABBLEBROOK_BACKEND: 'tf' });
  t.is(code, 1);
  t.regex(stderr, /InvalidArgumentError: Expected BABBLEBROOK_BACKEND to be one of tensorflow, wasm, cpu, got "tf"/);
});

test('without tfjs-node, wasm computes, the report tells why, and nothing else is printed', async (t) => {
  const { stdout, stderr } = await inNewProcess({ BABBLEBROOK_BACKEND: '' }, ...withoutNative);
  t.is(stderr, '');
  t.like(JSON.parse(stdout), { backend: 'wasm', product: 11, nativeProblem: 'it is not there' });
});

test('to ask for a backend that cannot be used is a BackendError, which tells why and what to do', async (t) => {
  const { code, stderr } = await inNewProcess({ BABBLEBROOK_BACKEND: 'tensorflow' }, ...withoutNative);
  t.is(code, 1);
  t.regex(
    stderr,
    /BackendError: Cannot use the backend tensorflow \(it is not there\); `npx babblebrook doctor`, or `npm run doctor`/,
  );
});

nativeTest('a native backend that is installed but broken is a BackendError, which names another way', async (t) => {
  const broken = inUrl(`
    import Module from 'node:module';
    const load = Module._load;
    Module._load = (name, ...rest) => {
      if (name === '@tensorflow/tfjs-node') throw new Error('libtensorflow.so.2 is not there');
      return load(name, ...rest);
    };`);
  const { code, stderr } = await inNewProcess({}, '--import', broken);
  t.is(code, 1);
  t.regex(
    stderr,
    /BackendError: Cannot use the backend tensorflow \(libtensorflow\.so\.2 is not there\); .* says what can be/,
  );
  t.regex(stderr, /`await useBackend\(\)`, or BABBLEBROOK_BACKEND=wasm, takes another/);
});
