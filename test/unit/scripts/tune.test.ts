import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { isMistake } from '../../support/isMistake.js';
import { type CommandOutcome, runCommand } from '../../support/runCommand.js';
import '../../support/ownProcess.js';

// A search as a user makes one, of trainings of a step or two.
const dir = mkdtempSync(join(tmpdir(), 'babblebrook-tune-'));
const at = (name: string): string => join(dir, name);
test.after.always(() => rm(dir, { recursive: true, force: true }));
const lines = Array.from({ length: 40 }, (_, i) => `We ${['go', 'stay', 'work'][i % 3]} on ${i % 7} days.`);
writeFileSync(at('text.txt'), lines.join('\n'));
writeFileSync(at('more.txt'), [...lines, 'We go home.'].join('\n'));

const SMALL = ['--sentence-per-line', '--workers', '1', '--cell', 'rnn', '--hours', '0.00003', '--minutes', '0.001'];
const tune = (log: string, ...flags: string[]) =>
  runCommand(['tune', '--corpus', at('text.txt'), ...SMALL, '--log', at(log), ...flags]);
const linesOf = (log: string) =>
  readFileSync(at(log), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const spaceOf = (name: string, space: unknown): string => {
  writeFileSync(at(name), typeof space === 'string' ? space : JSON.stringify(space));
  return at(name);
};
/** A command told of a mistake in one line that names flags and has words. */
function isRefused(t: ExecutionContext, outcome: CommandOutcome, kind: string, ...said: readonly string[]): void {
  isMistake(t, outcome, kind, ...said.filter((one) => one.startsWith('--')));
  for (const words of said) t.true(outcome.stderr.includes(words), outcome.stderr);
}
const small = { hidden: { oneOf: [4, 6] }, dropout: { from: 0, to: 0.5 } };

test.serial(
  'the log says what is searched and what the defaults are, then a line a trial, of which the first has the defaults; it is gone on with',
  async (t) => {
    const space = spaceOf('small.json', small);
    const { code, stdout, stderr } = await tune('log.jsonl', '--space', space);
    t.is(code, 0, stderr);
    const [first, ...trials] = linesOf('log.jsonl');
    t.deepEqual(first.search.space, small);
    t.like(first.search, { corpus: [at('text.txt')], seed: 1, workers: 1 });
    t.like(first.search.recipe, { cell: 'rnn', hidden: 512, tieWeights: false, dropoutState: 0.2 });
    t.like(first.search.recipe, { optimizer: 'adamW', weightDecay: 0.2 });
    t.deepEqual(
      trials.slice(0, 4).map(({ number, rung }) => [number, rung]),
      [0, 1, 2, 3].map((number) => [number, 0]),
    );
    t.deepEqual(trials[0].settings, {});
    for (const { settings } of trials.slice(1, 4)) {
      t.deepEqual(Object.keys(settings), ['dropoutEpochs', 'hidden', 'dropout']);
      // What no setting says is as in trial 0.
      t.is(settings.dropoutEpochs, first.search.recipe.dropoutEpochs);
    }
    const best = JSON.parse(stdout);
    const longest = trials.filter(({ rung }) => rung === 2);
    t.is(longest.length, 1);
    t.like(best, longest[0]);

    // As a process leaves it that was killed while it wrote.
    const whole = readFileSync(at('log.jsonl'), 'utf8');
    const cut = whole.split('\n').slice(0, 4).join('\n');
    writeFileSync(at('log.jsonl'), `${cut}\n{"number":3,"ru`);
    const again = await tune('log.jsonl', '--space', space);
    t.is(again.code, 0, again.stderr);
    t.regex(again.stderr, /trainings: 4 of 0\.00 min, 1 of 0\.00 min, 1 of 0\.00 min; 3 are in /);
    t.true(readFileSync(at('log.jsonl'), 'utf8').startsWith(`${cut}\n{"number":3,"rung":0,`));
    t.is(linesOf('log.jsonl').length, 7);
    const kept = readFileSync(at('log.jsonl'), 'utf8');
    t.is((await tune('log.jsonl', '--space', space)).code, 0);
    t.is(readFileSync(at('log.jsonl'), 'utf8'), kept);

    for (const [what, flags] of [
      ['fingerprint', ['--space', space, '--corpus', at('more.txt')]],
      ['seed', ['--space', space, '--seed', '2']],
      ['recipe', ['--space', space, '--cell', 'gru']],
      ['space', ['--space', spaceOf('other.json', { ...small, clip: { oneOf: [1, 5] } })]],
    ] as const)
      isRefused(t, await tune('log.jsonl', ...flags), 'InvalidArgumentError', `the ${what}`, at('log.jsonl'), '--log');
    t.is(readFileSync(at('log.jsonl'), 'utf8'), kept);
  },
);

test.serial('a log of before, without that line, is gone on with', async (t) => {
  const space = spaceOf('small.json', small);
  t.is((await tune('old.jsonl', '--space', space)).code, 0);
  const [, ...old] = readFileSync(at('old.jsonl'), 'utf8').split('\n');
  writeFileSync(at('old.jsonl'), old.join('\n'));
  t.is((await tune('old.jsonl', '--space', space)).code, 0);
  t.is(readFileSync(at('old.jsonl'), 'utf8'), old.join('\n'));
});

test.serial('a trial whose settings do not go together, or that comes apart, is a line that says so', async (t) => {
  const space = spaceOf('failing.json', { tieWeights: { oneOf: [true] } });
  const { code, stdout, stderr } = await tune('failing.jsonl', '--space', space, '--hidden', '6');
  t.is(code, 0, stderr);
  const [, sound, ...others] = linesOf('failing.jsonl');
  t.is(typeof sound.loss, 'number');
  t.like(others[0], { number: 1, rung: 0, settings: { tieWeights: true }, loss: null });
  t.regex(others[0].error, /embedding/i);
  t.regex(stderr, /^trial 1, 0\.00 min: failed: Expected /m);
  t.is(JSON.parse(stdout).number, 0);
  const apart = spaceOf('apart.json', { learningRate: { oneOf: [1e38] } });
  t.is((await tune('apart.jsonl', '--space', apart, '--hidden', '6')).code, 0);
  t.regex(linesOf('apart.jsonl')[2].error, /finite/);
});

test.serial('where the defaults themselves do not go together, no trial is worth its time', async (t) => {
  const space = spaceOf('clip.json', { clip: { oneOf: [1] } });
  const outcome = await tune('defaults.jsonl', '--cell', 'nothing', '--space', space);
  isMistake(t, outcome, 'InvalidArgumentError', '--cell');
});

test.serial('spaces that cannot be searched are one clear line, before any work', async (t) => {
  for (const [space, name, ...said] of [
    ['{', 'FileFormatError', '--space'],
    [[], 'InvalidArgumentError'],
    [{}, 'InvalidArgumentError', 'a setting'],
    [{ corpus: { oneOf: ['a'] } }, 'InvalidArgumentError', 'corpus', 'learningRate'],
    [{ toString: { oneOf: [1] } }, 'InvalidArgumentError', 'toString'],
    [{ hidden: { from: 4, to: 8 } }, 'InvalidArgumentError', 'hidden', 'oneOf'],
    [{ hidden: { oneOf: [4.5] } }, 'InvalidArgumentError', 'hidden', '--hidden', '4.5'],
    [{ hidden: { oneOf: [] } }, 'InvalidArgumentError', 'hidden'],
    [{ dropout: { from: 0, to: 1 } }, 'InvalidArgumentError', '--dropout', 'below 1'],
    [{ dropout: { from: 0.5, to: 0.1 } }, 'InvalidArgumentError', 'dropout'],
    [{ dropout: { from: 0, to: 0.1, log: true } }, 'InvalidArgumentError', 'dropout', 'logarithmic'],
    [{ learningRate: { from: 0, to: 0.1, logarithmic: true } }, 'InvalidArgumentError', 'learningRate'],
    [{ tieWeights: { oneOf: [1] } }, 'InvalidArgumentError', '--tie-weights', 'true or false'],
    [{ optimizer: { oneOf: ['adam', 'eve'] } }, 'InvalidArgumentError', '--optimizer', 'adamW'],
    [{ cell: { oneOf: [3] } }, 'InvalidArgumentError', '--cell'],
    [{ cell: { oneOf: ['gru', 'nosuch'] } }, 'InvalidArgumentError', '--cell', 'nosuch'],
    [{ zoneout: { oneOf: [0.1] } }, 'InvalidArgumentError', '--zoneout', 'a text'],
    [{ zoneout: { oneOf: ['hidden=2'] } }, 'InvalidArgumentError', '--zoneout', 'below 1'],
    [{ clip: { oneOf: ['5'] } }, 'InvalidArgumentError', '--clip', 'a number'],
    [{ clip: 5 }, 'InvalidArgumentError', 'clip'],
  ] as const) {
    const outcome = await tune('none.jsonl', '--space', spaceOf('wrong.json', space));
    isRefused(t, outcome, name, ...said);
  }
  isRefused(t, await tune('none.jsonl', '--space', at('nowhere.json')), 'FileFormatError', '--space', 'nowhere.json');
  const all = await tune('none.jsonl', '--hidden', '6', '--space', spaceOf('one.json', { hidden: { oneOf: [4] } }));
  isRefused(t, all, 'InvalidArgumentError', 'a setting to search');
  t.false(existsSync(at('none.jsonl')));
});

test.serial(
  'what meets no state is not dropped of a cell without products with it; zoneout is searched as texts',
  async (t) => {
    const space = spaceOf('state.json', {
      dropoutState: { from: 0.1, to: 0.2 },
      zoneout: { oneOf: ['0.1', 'hidden=0.2'] },
    });
    const small = ['--hidden', '6'];
    t.is((await tune('minGru.jsonl', '--cell', 'minGru', ...small, '--space', space)).code, 0);
    const [first, ...trials] = linesOf('minGru.jsonl');
    t.deepEqual(Object.keys(first.search.space), ['zoneout']);
    t.true(
      trials.every(({ loss }) => typeof loss === 'number'),
      JSON.stringify(trials),
    );
    t.true(['0.1', 'hidden=0.2'].includes(trials[1].settings.zoneout));
  },
);

test.serial('a log that cannot be read or written is told of', async (t) => {
  mkdirSync(at('directory.jsonl'));
  isRefused(t, await tune('directory.jsonl', '--hidden', '6'), 'FileFormatError', 'directory.jsonl');
  isRefused(t, await tune('text.txt/log.jsonl', '--hidden', '6'), 'FileWriteError', 'text.txt');
});

test.serial('a log that is none is a clear line', async (t) => {
  writeFileSync(at('junk.jsonl'), '{"number":0}\n');
  isRefused(t, await tune('junk.jsonl'), 'FileFormatError', 'line 1', 'junk.jsonl');
});
