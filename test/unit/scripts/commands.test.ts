import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import test from 'ava';
import { eventFilesOf, readTag } from '../../support/eventFiles.js';
import { runCommand } from '../../support/runCommand.js';

// The three commands as a user runs them, on a corpus of a few words.
const WORDS = ['we', 'will', 'build', 'a', 'good', 'road', 'and', 'then', 'go', 'home'];
const sentences = Array.from(
  { length: 300 },
  (_, i) => `${Array.from({ length: 3 + (i % 5) }, (_, j) => WORDS[(i * 7 + j * 3) % 10]).join(' ')}${'.?!'[i % 3]}`,
);
const dir = mkdtempSync(join(tmpdir(), 'babblebrook-commands-'));
const corpus = join(dir, 'corpus.txt');
const lines = join(dir, 'lines.txt');
const trained = join(dir, 'trained');
const TINY = ['--hidden', '16', '--embedding', '8', '--max-tokens', '500', '--epochs', '2'];

const script = (...argv: string[]) => runCommand(argv);
const trainingOutcome = (async () => {
  writeFileSync(corpus, sentences.join(' '));
  writeFileSync(lines, sentences.join('\n'));
  return script('train', '--corpus', corpus, '--out', trained, ...TINY);
})();

test.before(async (t) => {
  t.timeout(60_000);
  await trainingOutcome;
});
test.after.always(() => rm(dir, { recursive: true, force: true }));

test.serial('train prints generated sentences to standard output and everything else to standard error', async (t) => {
  const { code, stdout, stderr } = await trainingOutcome;
  t.is(code, 0, stderr);
  t.is(stdout.split('\n').length, 6, 'five sentences, each a line');
  t.regex(stderr, /^epoch 1 \|.* train \d\.\d+ \| valid \d\.\d+ nats\/token \| \d\.\d+ bits\/char \| \d+ tokens\/s/m);
  t.regex(stderr, /^epoch 2 \|/m);
  t.notRegex(stderr, /tensorflow\/core|oneDNN|cpu_feature_guard/, "TensorFlow's own lines stay away");
});

test.serial('a run that is over goes on from its last checkpoint, and has nothing left to do', async (t) => {
  const before = readFileSync(join(trained, 'metrics.jsonl'), 'utf8');
  const { code, stderr } = await script('train', '--resume', '--out', trained);
  t.is(code, 0, stderr);
  t.regex(stderr, /go on after \d+ steps, in epoch 2/);
  t.is(readFileSync(join(trained, 'metrics.jsonl'), 'utf8'), before);
});

test.serial(
  'a run that began with relative paths goes on from another directory, also where all was moved',
  async (t) => {
    const home = join(dir, 'home');
    const moved = join(dir, 'moved', 'home');
    const before = process.cwd();
    const from = async (directory: string, ...argv: string[]): Promise<void> => {
      mkdirSync(directory, { recursive: true });
      process.chdir(directory);
      const { code, stderr } = await script(...argv).finally(() => process.chdir(before));
      t.is(code, 0, stderr);
    };
    mkdirSync(home);
    cpSync(corpus, join(home, 'text.txt'));
    await from(home, 'train', '--corpus', 'text.txt', '--out', 'runs/a', ...TINY);
    await from(join(dir, 'elsewhere'), 'train', '--resume', '--out', '../home/runs/a');
    mkdirSync(join(dir, 'moved'));
    renameSync(home, moved);
    await from(moved, 'train', '--resume', '--out', 'runs/a');
    await from(join(moved, 'runs'), 'train', '--resume', '--out', 'a');
    t.is(JSON.parse(readFileSync(join(moved, 'runs', 'a', 'run.json'), 'utf8')).directory, '../..');
    // The text alone may move, too, where that is said.
    renameSync(join(moved, 'text.txt'), join(dir, 'moved', 'text.txt'));
    await from(dir, 'train', '--resume', '--out', 'moved/home/runs/a', '--corpus', 'moved/text.txt');
    t.is((await script('train', '--resume', '--out', join(moved, 'runs', 'a'))).code, 2);
  },
);

test.serial('to go on with other flags than a run began with is one clear line', async (t) => {
  const { code, stderr } = await script('train', '--resume', '--out', trained, '--hidden', '17');
  t.is(code, 2);
  t.regex(stderr, /^Expected --hidden to be 16, as the run in .* began, got 17/);
});

test.serial('a run that learned something and has no checkpoints is not begun anew', async (t) => {
  const kept = join(dir, 'without-checkpoints');
  cpSync(trained, kept, { recursive: true });
  rmSync(join(kept, 'checkpoints'), { recursive: true });
  const { code, stderr } = await script('train', '--resume', '--out', kept);
  t.is(code, 2, stderr);
  t.true(existsSync(join(kept, 'best', 'model.safetensors')));
});

test.serial(
  'a run directory holds the best and the last model, settings, a line of metrics an epoch, and a log',
  (t) => {
    t.deepEqual(readdirSync(trained).sort(), [
      'best',
      'checkpoints',
      ...eventFilesOf(trained).map((path) => basename(path)),
      'last',
      'metrics.jsonl',
      'run.json',
      'tokenizer.json',
    ]);
    const metrics = readFileSync(join(trained, 'metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    t.deepEqual(
      metrics.map(({ epoch }) => epoch),
      [1, 2],
    );
    t.deepEqual(Object.keys(metrics[0]), [
      'epoch',
      'steps',
      'seconds',
      'tokens',
      'trainNatsPerToken',
      'validNatsPerToken',
      'validBitsPerCharacter',
      'tokensPerSecond',
      'padding',
    ]);
    t.true(metrics[1].trainNatsPerToken < metrics[0].trainNatsPerToken);
    t.true(Math.abs(metrics[1].validBitsPerCharacter - metrics[1].validNatsPerToken / Math.LN2) < 1e-9);
  },
);

test.serial('train logs validation, a sentence and its settings for TensorBoard, and prints the command', async (t) => {
  t.is(eventFilesOf(trained).length, 1);
  t.true((await trainingOutcome).stderr.includes(`\nwatch it learn: tensorboard --logdir ${trained}\n`));
  const metrics = readFileSync(join(trained, 'metrics.jsonl'), 'utf8').trimEnd().split('\n');
  const validation = metrics.map((line) => Math.fround(JSON.parse(line).validNatsPerToken));
  const logged = readTag(trained, 'loss/validation');
  t.deepEqual(
    logged.map(([, loss]) => loss),
    validation,
  );
  const samples = readTag(trained, 'sample');
  t.deepEqual(
    samples.map(([step]) => step),
    logged.map(([step]) => step),
  );
  const { stderr } = await trainingOutcome;
  for (const [, sentence] of samples) t.true(stderr.includes(`\n  ${sentence}\n`));
  t.is(readTag(trained, 'loss/train')[1]?.[0], 10);
  const [[, settings] = []] = readTag(trained, '_hparams_/session_start_info');
  for (const name of ['learningRate', 'cell', corpus]) t.true(String(settings).includes(name), name);
});

test.serial('train --overwrite removes the log of the earlier run, --no-tensorboard writes none', async (t) => {
  const out = join(dir, 'overwritten');
  const flags = ['--corpus', corpus, '--out', out, ...TINY];
  t.is((await script('train', ...flags)).code, 0);
  const [log = ''] = eventFilesOf(out);
  // A run within the same second of the same process calls its log the same.
  const earlier = join(out, 'events.out.tfevents.0000000001.here.1');
  renameSync(log, earlier);
  t.is((await script('train', ...flags, '--overwrite')).code, 0);
  const logs = eventFilesOf(out);
  t.is(logs.length, 1);
  t.false(logs.includes(earlier));
  const { code, stderr } = await script('train', ...flags, '--overwrite', '--no-tensorboard');
  t.is(code, 0);
  t.notRegex(stderr, /tensorboard/);
  t.deepEqual(eventFilesOf(out), []);
});

test.serial('train leaves an earlier run as it is, unless told to overwrite', async (t) => {
  const before = readFileSync(join(trained, 'metrics.jsonl'), 'utf8');
  const { code, stderr } = await script('train', '--corpus', corpus, '--out', trained, ...TINY);
  t.is(code, 2);
  t.regex(
    stderr,
    /^Expected --out to be a new directory, got .*trained, which holds a run: --overwrite replaces it\n$/,
  );
  t.is(readFileSync(join(trained, 'metrics.jsonl'), 'utf8'), before);
});

test.serial('the same seed trains the same model', async (t) => {
  const again = join(dir, 'again');
  await script('train', '--corpus', corpus, '--out', again, ...TINY);
  for (const file of ['config.json', 'model.safetensors', 'tokenizer.json', 'README.md'])
    t.true(readFileSync(join(again, 'last', file)).equals(readFileSync(join(trained, 'last', file))), file);
});

test.serial(
  'generate prints as many lines as asked for, each beginning with the prompt, and the same for the same seed',
  async (t) => {
    const flags = [
      '--run',
      trained,
      '--count',
      '3',
      '--prompt',
      'we will',
      '--temperature',
      '0.7',
      '--max-length',
      '30',
    ];
    const { code, stdout, stderr } = await script('generate', ...flags, '--seed', '5');
    t.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    t.regex(stdout, /^(we will.*\n){3}$/);
    t.is((await script('generate', ...flags, '--seed', '5')).stdout, stdout);
    t.not((await script('generate', ...flags, '--seed', '6')).stdout, stdout);
  },
);

test.serial('generate --decoder beam prints the sentence that --show-beams arrives at', async (t) => {
  const flags = ['--run', trained, '--decoder', 'beam', '--beams', '4', '--prompt', 'we', '--max-length', '30'];
  const { code, stdout, stderr } = await script('generate', ...flags);
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  t.regex(stdout, /^we.*\n$/);
  const drawn = (await script('generate', ...flags, '--show-beams')).stdout;
  t.regex(drawn, /^time step 1\n▸ +-\d+\.\d\d {2}we/);
  t.true(drawn.endsWith(`\n${stdout}`));
});

test.serial('generate --decoder stochastic prints different sentences, --json a line for each token', async (t) => {
  const flags = ['--run', trained, '--decoder', 'stochastic', '--count', '3', '--max-length', '20'];
  const { stdout } = await script('generate', ...flags);
  const lines = stdout.trimEnd().split('\n');
  t.is(new Set(lines).size, 3);
  const json = (await script('generate', ...flags, '--json')).stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.deepEqual(Object.keys(json[0]), ['sentence', 'id', 'text', 'logProbability', 'milliseconds']);
  const texts = [0, 1, 2].map((index) =>
    json
      .filter(({ sentence }) => sentence === index)
      .map(({ text }) => text)
      .join(''),
  );
  t.deepEqual(texts, lines);
});

test.serial('train --tokenizer sentencepiece:N learns pieces, and generate and evaluate use them', async (t) => {
  const out = join(dir, 'pieces');
  const { code, stderr } = await script(
    'train',
    '--corpus',
    corpus,
    '--tokenizer',
    'sentencepiece:32',
    '--out',
    out,
    ...TINY,
  );
  t.is(code, 0, stderr);
  t.true(existsSync(join(out, 'tokenizer.model')));
  t.is((await script('generate', '--run', out, '--max-length', '20')).code, 0);
  const { sentences: count, tokens } = JSON.parse((await script('evaluate', '--run', out, '--text', corpus)).stdout);
  t.is(count, sentences.length);
  t.true(tokens < sentences.join('').length);
  const again = ['--tokenizer', join(out, 'tokenizer.model'), '--out', join(dir, 'pieces-again')];
  t.is((await script('train', '--corpus', corpus, ...TINY, ...again)).code, 0);
});

test.serial('an AbortSignal stops a training, and its reason is the exit code', async (t) => {
  const argv = ['train', '--corpus', corpus, '--out', join(dir, 'stopped'), ...TINY];
  const { code, stdout, stderr } = await runCommand(argv, { signal: AbortSignal.abort(143) });
  t.deepEqual({ code, stdout }, { code: 143, stdout: '' });
  t.regex(stderr, /^Stopped before anything was learned$/m);
});

test.serial('evaluate prints one line of JSON, and agrees with the validation of the training', async (t) => {
  const out = join(dir, 'with-valid');
  const texts = ['--corpus', lines, '--valid', lines, '--sentence-per-line'];
  t.is((await script('train', ...texts, '--out', out, ...TINY)).code, 0);
  const { code, stdout, stderr } = await script('evaluate', '--run', out, '--text', lines, '--sentence-per-line');
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const result = JSON.parse(stdout);
  t.deepEqual(Object.keys(result), ['sentences', 'tokens', 'natsPerToken', 'bitsPerCharacter', 'perplexity']);
  t.is(result.sentences, sentences.length);
  t.is(
    result.tokens,
    sentences.reduce((sum, sentence) => sum + sentence.length + 1, 0),
  );
  const last = JSON.parse(readFileSync(join(out, 'metrics.jsonl'), 'utf8').trimEnd().split('\n').at(-1) ?? '');
  t.true(Math.abs(result.natsPerToken - last.validNatsPerToken) < 1e-6);
  t.true(Math.abs(result.perplexity - Math.exp(result.natsPerToken)) < 1e-9);
});

const mistakes: [string, string, string[], RegExp][] = [
  ['a flag that does not exist', 'train', ['--hiden', '3'], /unknown option '--hiden'/],
  [
    'a number that is none',
    'train',
    ['--hidden', 'big'],
    /--hidden.*'big' is invalid\. Expected an integer of at least 1/,
  ],
  [
    'a size that cannot be',
    'train',
    ['--corpus', corpus, '--hidden', '0'],
    /'--hidden <n>' argument '0' is invalid\. Expected an integer of at least 1/,
  ],
  [
    'a cell that does not exist',
    'train',
    ['--cell', 'gpt'],
    /Expected --cell to be one of coupledLstm, .*, ugrnn, or a module/,
  ],
  ['epochs and minutes', 'train', ['--epochs', '1', '--minutes', '1'], /'--epochs <n>' cannot be used with/],
  [
    'minutes below zero',
    'train',
    ['--corpus', corpus, '--minutes', '-1'],
    /'--minutes <n>' argument '-1' is invalid\. Expected a number above 0/,
  ],
  [
    'a missing corpus',
    'train',
    ['--corpus', join(dir, 'none.txt')],
    /none\.txt to be a readable file: there is no such file/,
  ],
  ['a directory as corpus', 'train', ['--corpus', dir], /to be a readable file: it is a directory/],
  ['an empty corpus', 'train', ['--corpus', '/dev/null'], /Expected sentences to train on in --corpus, got none/],
  [
    'nothing to hold out',
    'train',
    ['--corpus', corpus, '--hold-out', '0'],
    /'--hold-out <share>' argument '0' is invalid/,
  ],
  [
    'a model that no memory holds',
    'train',
    ['--corpus', corpus, '--hidden', '1e9'],
    /^Expected a model that fits into .* of memory, got one that takes at least 12 EB: gru/,
  ],
  [
    'an option of the library',
    'train',
    ['--corpus', corpus, '--layers', '1e4'],
    /^Expected --layers to be an integer of at least 1 and of at most 1000, got 10000/,
  ],
  [
    'a model that no memory holds',
    'compare',
    ['--corpus', corpus, '--hidden', '1e9', '--out', join(dir, 'compared')],
    /^Expected a model that fits into .* of memory, got one that takes at least 4 EB: rnn/,
  ],
  [
    'a corpus that is not text',
    'train',
    ['--corpus', process.execPath],
    /to be UTF-8 text, got an invalid byte sequence at byte/,
  ],
  [
    'an unknown backend',
    'train',
    ['--corpus', corpus, '--backend', 'gpu'],
    /Allowed choices are tensorflow, wasm, cpu/,
  ],
  ['a run directory that is none', 'generate', ['--run', dir], /Expected --run to be the directory of a run/],
  ['an empty run directory', 'generate', ['--run', ''], /got an empty path, which is not there/],
  ['no run directory', 'generate', [], /required option '--run <dir>' not specified/],
  [
    'a temperature of zero',
    'generate',
    ['--run', trained, '--temperature', '0'],
    /'--temperature <x>' argument '0' is invalid/,
  ],
  [
    'a temperature for greedy',
    'generate',
    ['--run', trained, '--decoder', 'greedy', '--temperature', '1'],
    /with --decoder sample/,
  ],
  [
    'beams for greedy',
    'generate',
    ['--run', trained, '--decoder', 'greedy', '--beams', '2'],
    /Expected --beams with --decoder beam or stochastic/,
  ],
  [
    'a tokenizer that is none',
    'train',
    ['--corpus', corpus, '--tokenizer', 'words'],
    /Expected --tokenizer to be characters, sentencepiece:N or/,
  ],
  [
    'more sentences than beams',
    'generate',
    ['--run', trained, '--decoder', 'beam', '--count', '9'],
    /Expected --count of at most --beams, which is 8, got 9/,
  ],
  [
    'a length penalty that is no number, where nobody asks for it,',
    'generate',
    ['--run', trained, '--decoder', 'sample', '--length-penalty', ''],
    /'--length-penalty <x>' argument '' is invalid\. Expected a number of at least 0/,
  ],
  [
    'more beams than memory has room for',
    'generate',
    ['--run', trained, '--decoder', 'beam', '--beams', '1e12'],
    /Expected --beams that fit into .*B of memory, got .*, which take at least .*B/,
  ],
  [
    'a value whose flag npm kept for itself',
    'train',
    ['3'],
    /^Expected flags, got 3 alone: npx babblebrook train --FLAG …\n$/,
  ],
  ['a run that is not there', 'generate', ['--run', join(dir, 'none')], /got .*none, which is not there\n$/],
  ['a missing text', 'evaluate', ['--run', trained, '--text', join(dir, 'none.txt')], /there is no such file/],
  ['an empty text', 'evaluate', ['--run', trained, '--text', '/dev/null'], /Expected text to evaluate/],
];
for (const [what, name, flags, message] of mistakes)
  test.serial(`${name}: ${what} is one clear line on standard error, exit code 2, and nothing written`, async (t) => {
    const out = join(dir, `mistake-${what.replaceAll(' ', '-')}`);
    const all = name === 'train' ? [...flags, '--out', out] : flags;
    const { code, stdout, stderr } = await script(name, ...all);
    t.is(code, 2, stderr);
    t.is(stdout, '');
    t.regex(stderr, message);
    t.is(stderr.trimEnd().split('\n').length, 1);
    t.false(existsSync(out));
  });
