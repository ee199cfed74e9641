import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { isMistake } from '../../support/isMistake.js';
import { runCommand } from '../../support/runCommand.js';
import '../../support/ownProcess.js';

// `train --continuous` and what knows its runs, on a verse.
const dir = mkdtempSync(join(tmpdir(), 'babblebrook-continuous-'));
const at = (name: string): string => join(dir, name);
const VERSE = 'ROMEO:\nHe jests at scars,\n  that never felt a wound.\n\n';
writeFileSync(at('verse.txt'), VERSE.repeat(40));
writeFileSync(at('one.txt'), VERSE);
const command = (...argv: string[]) => runCommand(argv);
const TINY = [
  '--hidden',
  '8',
  '--embedding',
  '4',
  '--rows',
  '4',
  '--window',
  '20',
  '--no-tensorboard',
  '--backend',
  'cpu',
];
const train = (out: string, ...flags: string[]) =>
  command('train', '--corpus', at('verse.txt'), '--out', at(out), ...flags);
const trained = train('run', '--continuous', '--epochs', '2', ...TINY);

test.before(async (t) => {
  t.timeout(300_000);
  await trained;
});
test.after.always(() => rm(dir, { recursive: true, force: true }));

test.serial('the run says that its text goes on, and nothing of sentences', async (t) => {
  const { code, stdout, stderr } = await trained;
  t.is(code, 0, stderr);
  const settings = JSON.parse(readFileSync(at('run/run.json'), 'utf8'));
  t.like(settings, { continuous: true, rows: 4, window: 20, hidden: 8 });
  for (const name of ['maxTokens', 'maxLength', 'locale', 'lineBreaks', 'sentencePerLine', 'dropDuplicates'])
    t.false(name in settings, name);
  t.regex(stderr, /^train on [\d,]+ tokens; validate on [\d,]+ tokens$/m);
  t.regex(stderr, /^epoch 2 \|/m);
  // Three passages of 400 characters, or up to the end of a document.
  t.true(stdout.length > 3 && stdout.length <= 3 * 401 + 2);
});

test.serial('evaluate reads all of a text in one row, its end too, and is what score says of it', async (t) => {
  const { code, stdout, stderr } = await command('evaluate', '--run', at('run'), '--text', at('one.txt'));
  t.is(code, 0, stderr);
  const { sentences, tokens, natsPerToken } = JSON.parse(stdout);
  t.deepEqual([sentences, tokens], [1, VERSE.length + 1]);
  const scored = await runCommand(['score', '--run', at('run'), '--json'], { input: VERSE });
  const { sentence, tokens: each, logProbability } = JSON.parse(scored.stdout);
  t.is(sentence, VERSE);
  // score leaves the end out, for a passage has none.
  t.is(each.length, VERSE.length);
  const end = natsPerToken * tokens + logProbability;
  t.true(end > 0 && end < 20, `${end} nats for the end`);
});

test.serial('generate keeps the white space of a prompt, and ends at --max-length or a stop string', async (t) => {
  const flags = ['--run', at('run'), '--prompt', 'ROMEO:\n  ', '--seed', '3'];
  const { code, stdout, stderr } = await command('generate', ...flags, '--min-length', '40', '--max-length', '40');
  t.is(code, 0, stderr);
  t.true(stdout.startsWith('ROMEO:\n  '));
  t.is(stdout.length, 'ROMEO:\n  '.length + 40 + 1);
  const stopped = await command(
    'generate',
    ...flags,
    '--min-length',
    '40',
    '--max-length',
    '40',
    '--stop',
    stdout.slice(12, 14),
  );
  t.true(stopped.stdout.length < stdout.length);
});

test.serial('a run that was stopped goes on as one that never was', async (t) => {
  const losses = (out: string) =>
    readFileSync(at(`${out}/metrics.jsonl`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({ steps, trainNatsPerToken, validNatsPerToken }) => ({ steps, trainNatsPerToken, validNatsPerToken }));
  const stop = new AbortController();
  const flags = ['--continuous', '--epochs', '2', '--checkpoint-every', '1', ...TINY];
  const argv = ['train', '--corpus', at('verse.txt'), '--out', at('stopped'), ...flags];
  const stopped = runCommand(argv, { signal: stop.signal });
  setTimeout(() => stop.abort(130), 1500);
  t.true([0, 130].includes((await stopped).code ?? -1));
  const resumed = await command('train', '--resume', '--corpus', at('verse.txt'), '--out', at('stopped'));
  t.is(resumed.code, 0, resumed.stderr);
  t.deepEqual(losses('stopped'), losses('run'));
});

test.serial('a changed text is no text to go on with', async (t) => {
  // As long, and of the same characters.
  writeFileSync(at('other.txt'), VERSE.replace('never', 'revne').repeat(40));
  const resumed = await command('train', '--resume', '--corpus', at('other.txt'), '--out', at('run'));
  isMistake(t, resumed, 'SourceChangedError');
});

test.serial('flags that mean nothing are one clear line', async (t) => {
  const refused = 'InvalidArgumentError';
  for (const flag of ['--sentence-per-line', '--drop-duplicates'])
    isMistake(t, await train('none', '--continuous', flag), refused, flag, '--continuous');
  for (const [flag, value] of [
    ['--max-tokens', '400'],
    ['--max-length', '400'],
    ['--line-breaks', 'paragraph'],
  ] as const)
    isMistake(t, await train('none', '--continuous', flag, value), refused, flag, '--continuous');
  isMistake(t, await train('none', '--rows', '4'), refused, '--rows', '--continuous');
  isMistake(t, await command('train', '--resume', '--rows', '5', '--out', at('run')), refused, '--rows');
  const evaluation = ['evaluate', '--run', at('run'), '--text', at('one.txt'), '--locale', 'de'];
  isMistake(t, await command(...evaluation), refused, '--locale', '--continuous');
});

test.serial('pieces keep white space; a model file that drops it is refused', async (t) => {
  const pieces = await train('pieces', '--continuous', '--tokenizer', 'sentencepiece:36', '--epochs', '1', ...TINY);
  t.is(pieces.code, 0, pieces.stderr);
  const learned = ['--corpus', at('verse.txt'), '--vocabulary', '28', '--out', at('a.model')];
  t.is((await command('tokenizer', ...learned)).code, 0);
  const refused = await train('none', '--continuous', '--tokenizer', at('a.model'), ...TINY);
  isMistake(t, refused, 'InvalidArgumentError', '--tokenizer');
});
