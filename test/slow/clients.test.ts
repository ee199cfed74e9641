import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { beamSearch } from '../../src/decoding/beamSearch.js';
import { minP } from '../../src/decoding/processors/minP.js';
import { temperature } from '../../src/decoding/processors/temperature.js';
import { type SampleOptions, sample } from '../../src/decoding/sample.js';
import { score } from '../../src/decoding/score.js';
import { textOf } from '../../src/decoding/textOf.js';
import { InferenceModel } from '../../src/inference/InferenceModel.js';
import { fileAt } from '../support/places.js';
import { runProgram } from '../support/runProgram.js';
import { type StartedServer, startServer } from '../support/startServer.js';
import { testWith } from '../support/testWith.js';
import { nodeClients, pythonClients } from './clients/installed.js';

// Clients that nobody here wrote, against the command with the model that comes with it.
const KEY = 'sk-clients';
const MODEL = 'state-of-the-union';
const [node, python] = await Promise.all([nodeClients(), pythonClients()]);
const model = await InferenceModel.load(fileURLToPath(fileAt(`models/${MODEL}/best`)));
let server: StartedServer;
// Not where all tests are skipped: nothing would end it, and the tests would wait for it.
test.before(async () => {
  server = await startServer([], { BABBLEBROOK_API_KEY: KEY });
});
test.after.always(() => server?.end());

const inNode = testWith('clients for Node.js: npm run test:clients', node !== undefined);
const inPython = testWith('clients for Python: npm run test:clients', python !== undefined);

const PROMPT = 'We will';
const sampled = (options: SampleOptions = {}): Promise<string> =>
  textOf(sample(model, { prompt: PROMPT, temperature: 0.8, seed: 7, maxLength: 40, ...options }));
const beam = (heat = 1): Promise<string> =>
  textOf(beamSearch(model, { prompt: PROMPT, beams: 4, maxLength: 40, processors: [temperature(heat), minP(0.01)] }));

/** Runs a client under Node 24, and gives what it says. */
async function runInNode<T>(t: ExecutionContext, name: string): Promise<T> {
  const folder = node as string;
  await copyFile(fileAt(`test/slow/clients/${name}`), join(folder, name));
  const args = ['-y', '-p', 'node@24', 'node', name, server.url, KEY, MODEL];
  return said<T>(t, await runProgram('npx', args, { cwd: folder }));
}

function said<T>(t: ExecutionContext, { code, stdout, stderr }: Awaited<ReturnType<typeof runProgram>>): T {
  t.is(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

/** What both clients of OpenAI say. */
interface OfOpenAI {
  readonly texts: readonly string[];
  readonly streamed: string;
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number };
  readonly beam: string;
  readonly logprobs: { readonly tokens: readonly string[]; readonly token_logprobs: readonly (number | null)[] };
  readonly models: readonly string[];
  readonly errors: Readonly<
    Record<string, { name: string; status: number; param: string | null; code: string | null }>
  >;
}

async function checkOpenAI(t: ExecutionContext, got: OfOpenAI): Promise<void> {
  const stop = { stop: ['.', ','], omitStop: true };
  t.deepEqual(got.texts, [await sampled({ ...stop }), await sampled({ ...stop, seed: 8 })]);
  t.is(got.streamed, await sampled());
  t.is(got.usage.prompt_tokens, PROMPT.length);
  t.is(got.usage.total_tokens, got.usage.prompt_tokens + got.usage.completion_tokens);
  t.is(got.beam, await beam());
  t.deepEqual(got.logprobs.tokens.slice(0, PROMPT.length), [...PROMPT]);
  const { tokens } = await score(model, PROMPT.slice(1), { prompt: PROMPT.slice(0, 1), end: false });
  t.deepEqual(got.logprobs.token_logprobs.slice(0, PROMPT.length), [null, ...tokens.map((one) => one.logProbability)]);
  t.deepEqual(got.models, [MODEL]);
  t.like(got.errors['field'], { name: 'BadRequestError', status: 400, param: 'n', code: 'invalid_value' });
  t.like(got.errors['key'], { name: 'AuthenticationError', status: 401, code: 'invalid_api_key' });
  t.like(got.errors['chat'], { name: 'NotFoundError', status: 404, code: 'not_a_chat_model' });
}

inNode('the client openai for Node.js', async (t) => {
  await checkOpenAI(t, await runInNode<OfOpenAI>(t, 'openai.mjs'));
});

inPython('the client openai for Python', async (t) => {
  const program = fileURLToPath(fileAt('test/slow/clients/openai_client.py'));
  const args = [program, server.url, KEY, MODEL];
  await checkOpenAI(t, said(t, await runProgram(join(python as string, 'bin', 'python'), args)));
});

inNode('LangChain.js', async (t) => {
  const got = await runInNode<{ [Name in 'invoked' | 'streamed' | 'beam']: string } & Record<string, unknown>>(
    t,
    'langchain.mjs',
  );
  t.is(got.invoked, await sampled({ stop: ['.', ','], omitStop: true }));
  t.is(got.streamed, await sampled());
  t.deepEqual(got['generated'], [await sampled(), await sampled({ prompt: 'They' })]);
  // It sends its temperature with everything.
  t.is(got.beam, await beam(0.8));
  t.deepEqual(got['error'], { status: 400, param: 'beams' });
});

inNode('the completion model of the Vercel AI SDK, which makes a dialogue of a prompt', async (t) => {
  const got = await runInNode<Record<string, unknown>>(t, 'ai.mjs');
  const prompt = `user:\n${PROMPT}\n\nassistant:\n`;
  const stop = ['\nuser:'];
  t.deepEqual([got['prompt'], got['stop']], [prompt, stop]);
  const expected = await sampled({ prompt, stop, omitStop: true });
  t.deepEqual([got['text'], got['streamed']], [expected, expected]);
  t.like(got['usage'], { input: prompt.length });
});

inPython('lm-eval’s local-completions: its log-likelihoods are those of score', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'babblebrook-lm-eval-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  // No text before an ending ends with a space: lm-eval would count it to the ending.
  const endings = [
    { begin: 'We will', ends: [' win.', ' lose.', '!'] },
    { begin: 'The state of', ends: [' the Union', ' the art', ' things, and of people'] },
    { begin: 'They are the', ends: [' people', ' world', 'xyz', ' best of us'] },
  ];
  const texts = ['We will win.', 'The state of the Union is strong.', 'Mr. Speaker, Mr. Vice President, thank you.'];
  const lines = (items: readonly object[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('');
  await writeFile(join(folder, 'endings.jsonl'), lines(endings.map((one) => ({ ...one, label: 0 }))));
  await writeFile(join(folder, 'texts.jsonl'), lines(texts.map((text) => ({ text, begin: text.slice(0, 6) }))));
  for (const name of ['endings', 'texts', 'continued']) {
    const task = await readFile(fileAt(`test/slow/clients/tasks/${name}.yaml`), 'utf8');
    const place = (file: string): string => JSON.stringify(join(folder, file));
    await writeFile(
      join(folder, `${name}.yaml`),
      task.replace('ENDINGS', place('endings.jsonl')).replace('TEXTS', place('texts.jsonl')),
    );
  }
  const options = `model=${MODEL},base_url=${server.url}/v1/completions,num_concurrent=4,auth_token=${KEY}`;
  const { code, stdout, stderr } = await runProgram(
    join(python as string, 'bin', 'python'),
    [
      ...['-m', 'lm_eval', 'run', '--model', 'local-completions', '--model_args', options, '--log_samples'],
      ...['--tasks', 'endings,texts,continued', '--include_path', folder, '--output_path', join(folder, 'out')],
    ],
    {
      cwd: folder,
      env: {
        ...process.env,
        ...{ HF_HUB_OFFLINE: '1', HF_DATASETS_OFFLINE: '1', HF_HOME: join(folder, 'hf'), OPENAI_API_KEY: KEY },
      },
    },
  );
  t.is(code, 0, `${stdout}\n${stderr}`);

  const out = join(folder, 'out', MODEL);
  const names = await readdir(out);
  const samples = async (task: string): Promise<{ doc_id: number; resps: (readonly string[] | string)[][] }[]> => {
    const name = names.find((one) => one.startsWith(`samples_${task}_`)) ?? '';
    return (await readFile(join(out, name), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  const isNear = (got: unknown, expected: number): void => {
    t.true(Math.abs(Number(got) - expected) <= 1e-4, `${got} ${expected}`);
  };
  for (const { doc_id, resps } of await samples('endings')) {
    const { begin = '', ends = [] } = endings[doc_id] ?? {};
    t.is(resps.length, ends.length);
    for (const [at, end] of ends.entries())
      isNear(resps[at]?.[0]?.[0], (await score(model, end, { prompt: begin, end: false })).logProbability);
  }
  // A whole text, from its beginning: EOS comes first there.
  for (const { doc_id, resps } of await samples('texts'))
    isNear(
      resps[0]?.[0]?.toString().split(',')[0],
      (await score(model, texts[doc_id] ?? '', { end: false })).logProbability,
    );
  for (const { doc_id, resps } of await samples('continued')) {
    const options = { prompt: texts[doc_id]?.slice(0, 6), maxLength: 30, stop: ['.', ','], omitStop: true, topK: 1 };
    t.is(resps[0]?.[0] as string, await textOf(sample(model, options)));
  }
});
