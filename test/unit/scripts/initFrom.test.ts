import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { cell } from '../../../src/cells/cell.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { decodeSafetensors } from '../../../src/model/safetensors.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { SentencePieceTokenizer } from '../../../src/text/SentencePieceTokenizer.js';
import { isMistake } from '../../support/isMistake.js';
import { fixtureAt } from '../../support/places.js';
import { runCommand } from '../../support/runCommand.js';

// Going on from a model, as a user does: a model of English, a text with letters that it lacks.
const dir = mkdtempSync(join(tmpdir(), 'babblebrook-init-from-'));
const at = (...names: string[]): string => join(dir, ...names);
test.after.always(() => rm(dir, { recursive: true, force: true }));

const of = (words: readonly string[]): string =>
  Array.from({ length: 120 }, (_, i) => `we ${words[i % 3]} ${words[(i * 7) % 4]} ${i % 10}.`).join('\n');
const TRAINING = ['--max-tokens', '300', '--workers', '1', '--checkpoint-every', '3', '--no-tensorboard'];
const train = (out: string, ...flags: string[]) => runCommand(['train', ...TRAINING, '--out', at(out), ...flags]);
const more = (out: string, ...flags: string[]) => train(out, '--corpus', at('more.txt'), '--epochs', '2', ...flags);
const weightsOf = (...names: string[]): Buffer => readFileSync(at(...names, 'model.safetensors'));
const configOf = (...names: string[]) => JSON.parse(readFileSync(at(...names, 'config.json'), 'utf8'));
const runOf = (name: string) => JSON.parse(readFileSync(at(name, 'run.json'), 'utf8'));

writeFileSync(at('text.txt'), of(['build', 'go', 'will', 'road']));
writeFileSync(at('more.txt'), of(['weiß', 'go', 'dürfen', 'road']));
test.before(async (t) => {
  t.timeout(600_000);
  const sizes = ['--cell', 'lstm', '--hidden', '9', '--embedding', '5', '--dropout', '0.2', '--forget-bias', '1'];
  const flags = ['--corpus', at('text.txt'), '--epochs', '2', '--sentence-per-line', ...sizes];
  const { code, stderr } = await train('first', ...flags);
  t.is(code, 0, stderr);
});

test.serial('a model that goes on and learns nothing is the one that it was, to the bit', async (t) => {
  // A rate that float32 has not: each change is zero.
  const flags = ['--optimizer', 'sgd', '--learning-rate', '1e-300'];
  // As the models of the package are: a run without settings.
  cpSync(at('first', 'best'), at('shipped', 'best'), { recursive: true });
  for (const [name, from] of [
    ['of-run', 'first'],
    ['of-model', 'first/best'],
    ['of-shipped', 'shipped'],
  ] as const) {
    const { code, stderr } = await train(
      ...[name, '--corpus', at('text.txt'), '--sentence-per-line', '--epochs', '1', '--init-from', at(from), ...flags],
    );
    t.is(code, 0, stderr);
    t.true(stderr.includes(`weights of the model in ${at(from)}\n`));
    t.notRegex(stderr, /lacks/);
    t.deepEqual(weightsOf(name, 'last'), weightsOf('first', 'best'));
  }
});

test.serial(
  'characters that a model lacks are counted and stay unknown, and the run says where it comes from',
  async (t) => {
    const { code, stderr } = await more('more', '--init-from', at('first'));
    t.is(code, 0, stderr);
    const [, kinds, times, examples] =
      /lacks (\d+) characters of the text, which occur (\d+) times \((.*)\): they are unknown, unless --extend-vocabulary/.exec(
        stderr,
      ) ?? [];
    t.is(kinds, '4', stderr);
    for (const lacking of ['"ß"', '"ü"', '"f"', '"n"']) t.true(examples?.includes(lacking), examples);
    t.true(Number(times) > 100);
    t.like(configOf('more', 'best'), { cell: 'lstm', hiddenSize: 9, embeddingSize: 5, dropout: 0.2, forgetBias: 1 });
    t.is(configOf('more', 'best').vocabularySize, configOf('first', 'best').vocabularySize);
    t.like(runOf('more'), { initFrom: at('first'), cell: 'lstm', hidden: 9, embedding: 5, dropout: 0.2 });
    t.notDeepEqual(weightsOf('more', 'last'), weightsOf('first', 'best'));
  },
);

test.serial('in a text that goes on, characters have their own window and rate', async (t) => {
  const { code, stderr } = await runCommand([
    ...['train', '--continuous', '--corpus', at('text.txt'), '--init-from', at('first'), '--out', at('goes on')],
    ...['--epochs', '1', '--workers', '1', '--no-tensorboard', '--zoneout', '0'],
  ]);
  t.is(code, 0, stderr);
  t.like(runOf('goes on'), { tokenizer: 'characters', window: 100, learningRate: 8e-3 });
});

test.serial('batches are those of its tokenizer; what rises needs something to drop', async (t) => {
  const { code, stderr } = await runCommand([
    ...['train', '--corpus', at('text.txt'), '--init-from', at('first'), '--out', at('batches'), '--epochs', '1'],
    ...['--workers', '1', '--no-tensorboard', '--zoneout', '0'],
  ]);
  t.is(code, 0, stderr);
  t.like(runOf('batches'), { tokenizer: 'characters', maxTokens: 4800 });
  isMistake(
    t,
    await more('rising', '--init-from', at('first'), '--dropout-epochs', '2'),
    'InvalidArgumentError',
    ...['--dropout-epochs', '--dropout', '--init-from'],
  );
});

test.serial('with --extend-vocabulary they get ids', async (t) => {
  const { code, stderr } = await more(
    'wider',
    '--init-from',
    at('first', 'best'),
    '--extend-vocabulary',
    '--dropout',
    '0',
  );
  t.is(code, 0, stderr);
  t.regex(stderr, /lacks 4 characters of the text, .*: they get ids$/m);
  t.is(configOf('wider', 'best').vocabularySize, configOf('first', 'best').vocabularySize + 4);
  t.is(configOf('wider', 'best').dropout, 0);
  const [known, wider] = ['first', 'wider'].map(
    (name) => JSON.parse(readFileSync(at(name, 'tokenizer.json'), 'utf8')).characters as string,
  );
  t.deepEqual([...(wider ?? '')].sort(), [...`${known}ßüfn`].sort());
  t.is((await runCommand(['generate', '--run', at('wider'), '--max-length', '9'])).code, 0);
});

test.serial(
  'with --extend-vocabulary, a training that learns nothing keeps all but the tables of characters, to the bit',
  async (t) => {
    const still = ['--optimizer', 'sgd', '--learning-rate', '1e-300', '--epochs', '1'];
    const { code, stderr } = await more('still', '--init-from', at('first'), '--extend-vocabulary', ...still);
    t.is(code, 0, stderr);
    const [before, after] = [weightsOf('first', 'best'), weightsOf('still', 'last')].map(
      (bytes) => decodeSafetensors(bytes, 'weights').tensors,
    );
    const recurrent = [...(before?.keys() ?? [])].filter((name) => name.startsWith('rnn.'));
    t.is(recurrent.length, 4);
    for (const name of recurrent) t.deepEqual(after?.get(name), before?.get(name), name);
  },
);

/** A copy of a run without its last checkpoint. */
function cutShort(name: string, cut: string): void {
  cpSync(at(name), at(cut), { recursive: true });
  const checkpoints = readdirSync(at(cut, 'checkpoints')).sort();
  rmSync(at(cut, 'checkpoints', checkpoints.at(-1) ?? ''));
}

test.serial('a run that began with a model goes on to the same bits, also without that model', async (t) => {
  cpSync(at('first'), at('origin'), { recursive: true });
  const { code, stderr } = await more('whole', '--init-from', at('origin'), '--extend-vocabulary');
  t.is(code, 0, stderr);
  cutShort('whole', 'cut');
  rmSync(at('origin'), { recursive: true });
  const resumed = await runCommand(['train', '--resume', '--out', at('cut')]);
  t.is(resumed.code, 0, resumed.stderr);
  t.regex(resumed.stderr, /go on after \d+ steps/);
  t.deepEqual(weightsOf('cut', 'last'), weightsOf('whole', 'last'));
  t.deepEqual(configOf('cut', 'last'), configOf('whole', 'last'));
  const other = await runCommand(['train', '--resume', '--out', at('cut'), '--init-from', at('first')]);
  t.is(other.code, 2);
  t.regex(other.stderr, /^Expected --init-from to be .*origin, as the run in .*cut began, got .*first/);
});

test.serial(
  'a run that learned nothing yet begins again with the model, and with the dropout that was asked for',
  async (t) => {
    cpSync(at('wider', 'run.json'), at('begun', 'run.json'), { recursive: true });
    const { code, stderr } = await runCommand(['train', '--resume', '--out', at('begun')]);
    t.is(code, 0, stderr);
    t.deepEqual(weightsOf('begun', 'last'), weightsOf('wider', 'last'));
    t.deepEqual(configOf('begun', 'last'), configOf('wider', 'last'));
  },
);

test.serial('flags may say what the model is, and nothing else', async (t) => {
  const { code, stderr } = await more(
    'same',
    '--init-from',
    at('first'),
    '--cell',
    'lstm',
    '--hidden',
    '9',
    '--layers',
    '1',
  );
  t.is(code, 0, stderr);
  for (const [flag, value, is] of [
    ['--cell', 'gru', 'lstm'],
    ['--hidden', '10', '9'],
    ['--embedding', '9', '5'],
    ['--layers', '2', '1'],
    ['--initial-state', 'learned', 'zero'],
    ['--forget-bias', '0', '1'],
    ['--zoneout', '0.2', 'left out'],
  ] as const) {
    const outcome = await more('none', '--init-from', at('first'), flag, value);
    isMistake(t, outcome, 'InvalidArgumentError', flag);
    t.regex(outcome.stderr, new RegExp(` ${is}\\b.* ${value}\\b`));
  }
  const tied = await more('none', '--init-from', at('first'), '--tie-weights');
  isMistake(t, tied, 'InvalidArgumentError', '--tie-weights');
  const tokenizer = await more('none', '--init-from', at('first'), '--tokenizer', 'characters');
  isMistake(t, tokenizer, 'commander.conflictingOption', '--init-from', '--tokenizer');
  const alone = await more('none', '--extend-vocabulary');
  isMistake(t, alone, 'InvalidArgumentError', '--init-from', '--extend-vocabulary');
  t.false(existsSync(at('none')));
});

test.serial('what is no model is one clear line', async (t) => {
  cpSync(at('first', 'run.json'), at('no-model', 'run.json'), { recursive: true });
  for (const from of ['nowhere', 'more.txt', 'no-model']) {
    const outcome = await more('none', '--init-from', at(from));
    isMistake(t, outcome, 'FileFormatError', '--init-from');
    t.true(outcome.stderr.includes(at(from)));
  }
  t.is((await more('none', '--init-from', '')).code, 2);
});

test.serial('a model of pieces goes on with its pieces, and cannot have more', async (t) => {
  const tokenizer = await SentencePieceTokenizer.load(fixtureAt('sentencepiece/ours-unigram.model'));
  const model = new LanguageModel({ cell: 'gru', tokenizer, embeddingSize: 3, hiddenSize: 4 });
  await model.save(at('pieces'));
  model.dispose();
  const { code, stderr } = await more('of-pieces', '--init-from', at('pieces'));
  t.is(code, 0, stderr);
  t.regex(stderr, /lacks \d+ characters? of the text, .*: they are unknown$/m);
  t.is(runOf('of-pieces').tokenizer, 'sentencepiece');
  t.is((await runCommand(['train', '--resume', '--out', at('of-pieces')])).code, 0);
  const extended = await more('none', '--init-from', at('pieces'), '--extend-vocabulary');
  isMistake(t, extended, 'InvalidArgumentError', '--extend-vocabulary');
});

test.serial(
  'a model of a cell of its own, with biases that are not the default, goes on without the module that defined it',
  async (t) => {
    const mine = cell({
      name: 'mine',
      state: ({ hidden }) => ({ hidden }),
      weights: ({ input, hidden }) => ({ W: [input, hidden], U: [hidden, hidden] }),
      step: ({ x, hidden, W, U }) => {
        const made = x.dot(W).plus(hidden.dot(U));
        return { output: made, state: { hidden: made } };
      },
    });
    const tokenizer = new CharacterTokenizer('abcdefghijklmnopqrstuvwxyz 0123456789.');
    for (const [name, options] of [
      ['mine', { cell: mine }],
      ['biased', { cell: 'gru', bias: true }],
    ] as const) {
      const model = new LanguageModel({ ...options, tokenizer, embeddingSize: 3, hiddenSize: 4 });
      await model.save(at(name));
      model.dispose();
      const { code, stderr } = await more(`of-${name}`, '--init-from', at(name));
      t.is(code, 0, stderr);
      t.like(configOf(`of-${name}`, 'best'), {
        cell: options.cell === mine ? 'mine' : 'gru',
        bias: configOf(name).bias,
      });
      cutShort(`of-${name}`, `of-${name}-cut`);
      const resumed = await runCommand(['train', '--resume', '--out', at(`of-${name}-cut`)]);
      t.is(resumed.code, 0, resumed.stderr);
      t.deepEqual(weightsOf(`of-${name}-cut`, 'last'), weightsOf(`of-${name}`, 'last'));
    }
  },
);

test.serial('the temperature of the best model is fitted and told, but not where weights are tied', async (t) => {
  const short = ['--corpus', at('text.txt'), '--sentence-per-line', '--epochs', '1'];
  const fitted = await train('fitted', ...short, '--init-from', at('first'), '--fit-temperature');
  t.is(fitted.code, 0, fitted.stderr);
  const [, told] = /^softmax temperature of the best model: (\d\.\d{3}) \| valid \d/m.exec(fitted.stderr) ?? [];
  const [line = '{}'] = readFileSync(at('fitted', 'metrics.jsonl'), 'utf8').split('\n');
  t.is(JSON.parse(line).temperature.toFixed(3), told);
  const again = await train('fitted', '--resume');
  t.is(again.code, 0, again.stderr);
  t.notRegex(again.stderr, /softmax temperature/);

  const tied = await train('tied', ...short, '--tie-weights', '--hidden', '6', '--embedding', '6');
  t.is(tied.code, 0, tied.stderr);
  const flags = ['--fit-temperature', ...short];
  for (const tying of [['--tie-weights'], ['--init-from', at('tied')]])
    isMistake(t, await train('none', ...flags, ...tying), 'InvalidArgumentError', '--fit-temperature', '--tie-weights');
  t.false(existsSync(at('none')));
});
