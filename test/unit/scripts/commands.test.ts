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
import { isOneLine, type Mistake } from '../../support/isMistake.js';
import { type CommandOutcome, runCommand } from '../../support/runCommand.js';

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
writeFileSync(corpus, sentences.join(' '));
writeFileSync(lines, sentences.join('\n'));
let training: CommandOutcome;

test.before(async (t) => {
  t.timeout(600_000);
  training = await script('train', '--corpus', corpus, '--out', trained, ...TINY);
});
test.after.always(() => rm(dir, { recursive: true, force: true }));

test.serial('train prints generated sentences to standard output and everything else to standard error', async (t) => {
  const { code, stdout, stderr } = training;
  t.is(code, 0, stderr);
  t.is(stdout.split('\n').length, 6, 'five sentences, each a line');
  t.regex(
    stderr,
    /^epoch 1 \|.* train \d\.\d+ \| valid \d\.\d+ nats\/token \| \d\.\d+ bits\/char \| \d\.\d+ nats\/char \| \d+ tokens\/s/m,
  );
  t.regex(stderr, /^epoch 2 \|/m);
  t.notRegex(stderr, /tensorflow\/core|oneDNN|cpu_feature_guard/, "TensorFlow's own lines stay away");
});

test.serial('a run that is over goes on from its last checkpoint, and has nothing left to do', async (t) => {
  const before = readFileSync(join(trained, 'metrics.jsonl'), 'utf8');
  const { code, stderr } = await script('train', '--resume', '--out', trained);
  t.is(code, 0, stderr);
  t.regex(stderr, /go on after \d+ steps, in epoch 2/);
  t.regex(stderr, /^The run had come to its end\. A longer training is another run: --init-from /m);
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
  isOneLine(
    t,
    await script('train', '--resume', '--out', trained, '--hidden', '17'),
    'InvalidArgumentError',
    '--hidden',
  );
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
  'a run directory holds the best and the last model, settings, a line of metrics an epoch, held-out text, and a log',
  (t) => {
    t.deepEqual(readdirSync(trained).sort(), [
      'best',
      'checkpoints',
      ...eventFilesOf(trained).map((path) => basename(path)),
      'last',
      'metrics.jsonl',
      'passages.txt',
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
  t.true(training.stderr.includes(`\nwatch it learn: tensorboard --logdir ${trained}\n`));
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
  const { stderr } = training;
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
  const outcome = await script('train', '--corpus', corpus, '--out', trained, ...TINY);
  isOneLine(t, outcome, 'InvalidArgumentError', '--out', '--overwrite');
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

test.serial(
  'train learns pieces by default where a text is long, and losses a character count its characters',
  async (t) => {
    const lines = readFileSync('corpus/state-of-the-union.txt', 'utf8').slice(0, 240_000).split('\n').filter(Boolean);
    const [long, few] = [join(dir, 'long.txt'), join(dir, 'few.txt')];
    const last = lines.slice(-40);
    writeFileSync(long, lines.join('\n'));
    writeFileSync(few, last.join('\n'));
    const out = join(dir, 'by-default');
    const small = ['--hidden', '8', '--embedding', '4', '--epochs', '1', '--sentence-per-line'];
    const { code, stderr } = await script('train', '--corpus', long, '--valid', few, '--out', out, ...small);
    t.is(code, 0, stderr);
    t.regex(stderr, /^a vocabulary of 1,1\d\d tokens, of \d\.\d\d characters in the mean$/m);
    t.is(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).tokenizer, 'auto');
    const evaluated = await script('evaluate', '--run', out, '--text', few, '--sentence-per-line');
    const { natsPerToken, natsPerCharacter, tokens } = JSON.parse(evaluated.stdout);
    const characters = last.reduce((sum, line) => sum + [...line.trim()].length + 1, 0);
    t.true(Math.abs(natsPerCharacter - (natsPerToken * tokens) / characters) < 1e-9);
    t.true(tokens < characters / 2);
  },
);

test.serial('a run of fewer pieces than auto would take now goes on with those that it has', async (t) => {
  const text = join(dir, 'more.txt');
  writeFileSync(text, readFileSync('corpus/state-of-the-union.txt', 'utf8').slice(0, 240_000));
  const out = join(dir, 'fewer');
  const begun = ['--tokenizer', 'sentencepiece:300', '--hidden', '8', '--embedding', '4', '--epochs', '1'];
  t.is((await script('train', '--corpus', text, '--out', out, ...begun)).code, 0);
  const settings = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
  writeFileSync(join(out, 'run.json'), JSON.stringify({ ...settings, tokenizer: 'auto' }));
  const { code, stderr } = await script('train', '--resume', '--out', out);
  t.is(code, 0, stderr);
  t.regex(stderr, /^a vocabulary of 300 tokens/m);
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
  const names = ['sentences', 'tokens', 'natsPerToken', 'bitsPerCharacter', 'perplexity', 'natsPerCharacter'];
  t.deepEqual(Object.keys(result), names);
  t.is(result.sentences, sentences.length);
  t.is(
    result.tokens,
    sentences.reduce((sum, sentence) => sum + sentence.length + 1, 0),
  );
  const last = JSON.parse(readFileSync(join(out, 'metrics.jsonl'), 'utf8').trimEnd().split('\n').at(-1) ?? '');
  t.true(Math.abs(result.natsPerToken - last.validNatsPerToken) < 1e-6);
  t.true(Math.abs(result.perplexity - Math.exp(result.natsPerToken)) < 1e-9);
  // The tokens of so short a text are characters.
  t.true(Math.abs(result.natsPerCharacter - result.natsPerToken) < 1e-9);
});

const mistakes: [string, string, string[], Mistake][] = [
  ['a flag that does not exist', 'train', ['--hiden', '3'], ['commander.unknownOption', '--hiden', '--hidden']],
  ['a number that is none', 'train', ['--hidden', 'big'], ['commander.invalidArgument', '--hidden']],
  ['a size that cannot be', 'train', ['--corpus', corpus, '--hidden', '0'], ['commander.invalidArgument', '--hidden']],
  ['a cell that does not exist', 'train', ['--cell', 'gpt'], ['InvalidArgumentError', '--cell']],
  [
    'epochs and minutes',
    'train',
    ['--epochs', '1', '--minutes', '1'],
    ['commander.conflictingOption', '--epochs', '--minutes'],
  ],
  ['minutes below zero', 'train', ['--corpus', corpus, '--minutes', '-1'], ['commander.invalidArgument', '--minutes']],
  ['a missing corpus', 'train', ['--corpus', join(dir, 'none.txt')], ['SourceError']],
  ['a directory as corpus', 'train', ['--corpus', dir], ['SourceError']],
  ['an empty corpus', 'train', ['--corpus', '/dev/null'], ['SourceError', '--corpus']],
  [
    'nothing to hold out',
    'train',
    ['--corpus', corpus, '--hold-out', '0'],
    ['commander.invalidArgument', '--hold-out'],
  ],
  ['a model that no memory holds', 'train', ['--corpus', corpus, '--hidden', '1e9'], ['InvalidArgumentError']],
  ['an option of the library', 'train', ['--corpus', corpus, '--layers', '1e4'], ['InvalidArgumentError', '--layers']],
  [
    'a model that no memory holds',
    'compare',
    ['--corpus', corpus, '--hidden', '1e9', '--out', join(dir, 'compared')],
    ['InvalidArgumentError'],
  ],
  ['a corpus that is not text', 'train', ['--corpus', process.execPath], ['EncodingError']],
  ['an unknown backend', 'train', ['--corpus', corpus, '--backend', 'gpu'], ['commander.invalidArgument', '--backend']],
  ['a run directory that is none', 'generate', ['--run', dir], ['FileFormatError', '--run']],
  ['an empty run directory', 'generate', ['--run', ''], ['FileFormatError', '--run']],
  ['no run directory', 'generate', [], ['commander.missingMandatoryOptionValue', '--run']],
  [
    'a temperature of zero',
    'generate',
    ['--run', trained, '--temperature', '0'],
    ['commander.invalidArgument', '--temperature'],
  ],
  [
    'a temperature for greedy',
    'generate',
    ['--run', trained, '--decoder', 'greedy', '--temperature', '1'],
    ['InvalidArgumentError', '--temperature', '--decoder'],
  ],
  [
    'beams for greedy',
    'generate',
    ['--run', trained, '--decoder', 'greedy', '--beams', '2'],
    ['InvalidArgumentError', '--beams', '--decoder'],
  ],
  [
    'a tokenizer that is none',
    'train',
    ['--corpus', corpus, '--tokenizer', 'words'],
    ['InvalidArgumentError', '--tokenizer'],
  ],
  [
    'more sentences than beams',
    'generate',
    ['--run', trained, '--decoder', 'beam', '--count', '9'],
    ['InvalidArgumentError', '--count', '--beams'],
  ],
  [
    'a length penalty that is no number, where nobody asks for it,',
    'generate',
    ['--run', trained, '--decoder', 'sample', '--length-penalty', ''],
    ['commander.invalidArgument', '--length-penalty'],
  ],
  [
    'more beams than memory has room for',
    'generate',
    ['--run', trained, '--decoder', 'beam', '--beams', '1e12'],
    ['InvalidArgumentError', '--beams'],
  ],
  ['a value whose flag npm kept for itself', 'train', ['3'], ['commander.excessArguments']],
  ['a run that is not there', 'generate', ['--run', join(dir, 'none')], ['FileFormatError', '--run']],
  ['a missing text', 'evaluate', ['--run', trained, '--text', join(dir, 'none.txt')], ['SourceError']],
  ['an empty text', 'evaluate', ['--run', trained, '--text', '/dev/null'], ['SourceError']],
];
for (const [what, name, flags, expected] of mistakes)
  test.serial(`${name}: ${what} is one clear line on standard error, exit code 2, and nothing written`, async (t) => {
    const out = join(dir, `mistake-${what.replaceAll(' ', '-')}`);
    isOneLine(t, await script(name, ...flags, ...(name === 'train' ? ['--out', out] : [])), ...expected);
    t.false(existsSync(out));
  });
