import test from 'ava';
import { InvalidArgumentError } from '../../../../src/errors.js';
import { SentencePieceTokenizer } from '../../../../src/text/SentencePieceTokenizer.js';
import { type CutRules, cutText } from '../../../../src/text/sentencepiece/cutText.js';
import fc from '../../../support/fastCheck.js';
import { fixture, sentences } from '../../../support/trainingText.js';
import { modelFile, models, UNLIKE_ITS_SENTENCES } from './fixtures.js';

const RULES: CutRules = { atSpace: 'drop', atLineEnd: false, isUnknown: (character) => character === '日' };
const cut = (text: string, rules: Partial<CutRules> = {}) => [...cutText(text, { ...RULES, ...rules })];

test('a text of up to 1,024 characters is not cut', (t) => {
  const text = 'ab '.repeat(341);
  t.deepEqual(cut(text), [{ text, continues: false }]);
});

test('a longer text is cut at the last single space before 1,024, which is dropped or kept', (t) => {
  const [first, second] = ['a'.repeat(1000), 'b'.repeat(1000)];
  const parts = (atSpace: CutRules['atSpace']) => cut(`${first} ${second}`, { atSpace }).map(({ text }) => text);
  t.deepEqual(parts('drop'), [first, second]);
  t.deepEqual(parts('keep'), [first, ` ${second}`]);
  t.deepEqual(parts(undefined), [`${first} ${second}`]);
});

test('no cut is made at several spaces, nor beside ▁, other white space or a combining mark', (t) => {
  for (const gap of ['  ', ' ▁', '▁ ', ' \t', '\n ', ' \u0301'])
    t.is(cut(`${'a'.repeat(1000)}${gap}${'b'.repeat(1000)}`).length, 1, JSON.stringify(gap));
});

test('a run of unknown characters is cut, and the part behind says so', (t) => {
  const parts = cut('日'.repeat(3000));
  t.deepEqual(
    parts.map(({ text, continues }) => [text.length, continues]),
    [
      [1024, false],
      [1024, true],
      [952, true],
    ],
  );
});

test('the parts and the spaces between them are the text, however it is cut', (t) => {
  const unit = fc.constantFrom('日', 'a', ' ', '.', '\u0301', '👍', 'word ', '日日日日日');
  const text = fc.string({ unit, minLength: 500, maxLength: 5000 });
  fc.assert(
    fc.property(text, (given) => {
      const parts = cut(given);
      const whole = parts.map(({ text, continues }, index) => (index === 0 || continues ? text : ` ${text}`)).join('');
      return whole === given;
    }),
  );
  t.pass();
});

const longSentences = sentences.slice(0, 700);

for (const name of Object.keys(models).filter((name) => !UNLIKE_ITS_SENTENCES.includes(name)))
  test(`${name}: a long text has the ids that its sentences have`, async (t) => {
    const tokenizer = await SentencePieceTokenizer.load(modelFile(name));
    const ids = [...tokenizer.encode(longSentences.join(' '))];
    t.true(ids.length > 10_000);
    t.is(String(ids), String(longSentences.flatMap((sentence) => [...tokenizer.encode(sentence)])));
  });

test('unknown characters in a row are one token, however many', async (t) => {
  const tokenizer = await SentencePieceTokenizer.load(fixture('ours-unigram.model'));
  const { unknownId } = tokenizer;
  const [space] = tokenizer.encode('日');
  t.deepEqual([...tokenizer.encode('日'.repeat(100_000))], [space, unknownId]);
  t.deepEqual([...tokenizer.encode(`${'日'.repeat(50_000)}${'👍🏽'.repeat(20_000)}`)], [space, unknownId]);
});

test('with bytes, a long text of all kinds comes back', async (t) => {
  const tokenizer = await SentencePieceTokenizer.load(fixture('ours-bytes.model'));
  const mixed = `${'日'.repeat(5000)} ${longSentences.join(' ')} ${'日本 '.repeat(2000)}${'👍'.repeat(2000)}end`;
  t.true(tokenizer.decode(tokenizer.encode(mixed)) === mixed);
});

test('a million characters without a space is too long, and the tokenizer goes on', async (t) => {
  const tokenizer = await SentencePieceTokenizer.load(fixture('ours-bpe.model'));
  const before = tokenizer.encode('We will');
  t.throws(() => tokenizer.encode('x'.repeat(2 ** 20 + 1)), {
    instanceOf: InvalidArgumentError,
    message: 'Expected a space within 1048576 characters of a text, got 1048577 without one',
  });
  t.deepEqual(tokenizer.encode('We will'), before);
});
