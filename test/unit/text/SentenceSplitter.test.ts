import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import { type SentenceOptions, SentenceSplitter } from '../../../src/text/SentenceSplitter.js';
import {
  englishCases,
  otherCases,
  reportedCases,
  type SentenceCase,
  sentencesOf,
  textOf,
} from '../../fixtures/sentences.js';
import fc from '../../support/fastCheck.js';
import { sweepOf } from '../../support/sweeps.js';
import { throwsInvalid } from '../../support/throwsInvalid.js';

/** The sentences of a text that comes in these chunks. */
function split(chunks: string | readonly string[], options?: SentenceOptions): string[] {
  const splitter = new SentenceSplitter(options);
  return [...[chunks].flat().flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
}

/** The text cut at these places, in whatever order they come. */
function cut(text: string, places: readonly number[]): string[] {
  const ends = [...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
  return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
}

const withoutWhiteSpace = (text: string): string => text.replaceAll(/\s/g, '');

/** The cases that come out otherwise than a reader would have it, as messages. */
function failures(cases: readonly SentenceCase[]): string[] {
  return cases.flatMap((sentenceCase) => {
    const { category, locale = 'en' } = sentenceCase;
    const expected = sentencesOf(sentenceCase).join('‖');
    const actual = split(textOf(sentenceCase), { locale }).join('‖');
    return actual === expected ? [] : [`${category}: expected ${expected}, got ${actual}`];
  });
}

const words = 'He said he Mr U.S No I 12 3.14 p.m e.g i iPhone é www.example.com a) 2. 1. (b) - • — と 猫'.split(' ');
const reported =
  'et al|Inc|(2011)|[7]|"Good!" I said|Anna asked him|Dr|A.|iv.|1.1.|١.|: 1.|der 2.|「|（|）|¿|EE. UU.|डॉ.|１．|said nothing'.split(
    '|',
  );
const marks = '. . . ? ! ... … ?! " “ ” « » ( ) [1] [12][34] \' ’ 。 ！ 」 ؟ । 𑅁 𑅁'.split(' ');
const spaces = [
  ' ',
  ' ',
  ' ',
  ' ',
  '  ',
  '\n',
  '\r\n',
  '\r',
  '\n\n',
  '\r\n \t\r\n',
  '\u2028',
  '\u2029',
  '\u00a0',
  '\ufeff',
];
const rare = [
  '🎉',
  '\ud83c',
  '\udf89',
  ' and so on'.repeat(300),
  '?!'.repeat(40),
  '.[123]'.repeat(20),
  '. '.repeat(100),
];
/** Text that most rules have something to say about, mostly longer than what a splitter looks ahead. */
const text = fc
  .array(
    fc.oneof(
      { arbitrary: fc.constantFrom(...words), weight: 30 },
      { arbitrary: fc.constantFrom(...reported), weight: 10 },
      { arbitrary: fc.constantFrom(...marks), weight: 20 },
      { arbitrary: fc.constantFrom(...spaces), weight: 30 },
      { arbitrary: fc.constantFrom(...rare), weight: 1 },
    ),
    { maxLength: 600, size: 'max' },
  )
  .map((parts) => parts.join(''));
const anyText = fc.oneof(text, text, fc.string({ unit: 'binary', maxLength: 600, size: 'max' }));
const options: fc.Arbitrary<SentenceOptions> = fc.record({
  locale: fc.constantFrom('en', 'de', 'fr', 'es', 'ja', 'hi'),
  lineBreaks: fc.constantFrom('space', 'paragraph'),
});

test('at least 125 of the 128 hard cases in English come out as a reader would have them', (t) => {
  const failed = failures(englishCases);
  for (const failure of failed) t.log(failure);
  t.is(englishCases.length, 128);
  t.true(englishCases.length - failed.length >= 125);
});

test('the cases in other languages come out as a reader would have them', (t) => {
  t.deepEqual(failures(otherCases), []);
});

test('the kinds of text that bug reports name come out as a reader would have them', (t) => {
  t.deepEqual(failures(reportedCases), []);
  t.true(reportedCases.length > 300);
});

test('how the text was cut into chunks never changes the sentences', (t) => {
  fc.assert(
    fc.property(anyText, options, fc.array(fc.nat(), { maxLength: 30 }), (whole, chosen, places) => {
      t.deepEqual(split(cut(whole, places), chosen), split(whole, chosen));
    }),
    { numRuns: sweepOf(1000, 200) },
  );
});

test('one code unit at a time gives the same sentences', (t) => {
  fc.assert(
    fc.property(anyText, options, (whole, chosen) => {
      t.deepEqual(split(whole.split(''), chosen), split(whole, chosen));
    }),
    { numRuns: sweepOf(500, 100) },
  );
  for (const sentenceCase of [...englishCases, ...otherCases, ...reportedCases]) {
    const whole = textOf(sentenceCase);
    const { locale = 'en' } = sentenceCase;
    t.deepEqual(split(whole.split(''), { locale }), split(whole, { locale }));
  }
});

test('what comes before and behind a text does not change its inner sentences', (t) => {
  const plain = 'We walked on for a while and talked. ';
  const inner = englishCases.filter(({ category }) => ['titles', 'numbers', 'quotes'].includes(category));
  const whole = inner.map((sentenceCase) => `${plain}${textOf(sentenceCase)}\n\n`).join('');
  const alone = inner.flatMap((sentenceCase) => split(`${plain}${textOf(sentenceCase)}`));
  t.deepEqual(split(whole), alone);
});

test('nothing but white space is lost', (t) => {
  fc.assert(
    fc.property(anyText, options, (whole, chosen) => {
      t.is(withoutWhiteSpace(split(whole, chosen).join('')), withoutWhiteSpace(whole));
    }),
    { numRuns: sweepOf(1000, 200) },
  );
});

test('a sentence is never empty, and has single spaces and no white space else', (t) => {
  fc.assert(
    fc.property(anyText, options, (whole, chosen) => {
      for (const sentence of split(whole, chosen)) t.regex(sentence, /^\S+(?: \S+)*$/);
    }),
  );
});

test('sentences come while a paragraph goes on', (t) => {
  const splitter = new SentenceSplitter();
  const sentences = splitter.push('Nobody saw him come. '.repeat(10_000));
  t.true(sentences.length > 9980);
  t.is(sentences.length + splitter.end().length, 10_000);
});

test('a sentence may be longer than any buffer', (t) => {
  const long = 'and so on '.repeat(10_000);
  t.deepEqual(split(['It went on ', ...cut(long, [5000, 50_000, 50_001, 77_777]), 'and on. Nobody cared.']), [
    `It went on ${long}and on.`,
    'Nobody cared.',
  ]);
});

test('a sentence comes at most 240 characters after its end, whatever may still follow', (t) => {
  for (const text of [
    '彼は「行く。',
    'We met Ortega et al. (',
    '"Good!" I ',
    'Do this: 1. Wash it. 1',
    '(It was late. ',
  ]) {
    const rest = ['x '.repeat(120), '('.repeat(240), '「'.repeat(240), 'X'.repeat(240), '١'.repeat(240)];
    for (const more of rest) {
      const splitter = new SentenceSplitter();
      const early = splitter.push(`It rained. ${text}${more}`);
      t.deepEqual([...early, ...splitter.end()], split(`It rained. ${text}${more}`));
      t.is(early[0], 'It rained.');
    }
  }
});

test('very long runs of one character are read', (t) => {
  for (const character of [
    '.',
    '!',
    '"',
    ')',
    '\n',
    'a',
    '•',
    '。',
    '1',
    '(',
    '「',
    '（。',
    '1.',
    '「。」',
    '! "',
    'A. ',
  ]) {
    const run = character.repeat(100_000 / character.length);
    t.is(withoutWhiteSpace(split(cut(run, [1, 2, 3, 1000])).join('')), withoutWhiteSpace(run), character);
  }
});

test('a surrogate pair cut in two is whole again', (t) => {
  t.deepEqual(split(['We won \ud83c', '\udf89. \ud83c', '\udf89 See you.']), ['We won 🎉.', '🎉 See you.']);
});

test('an ellipsis, a line break and a blank line may be cut anywhere', (t) => {
  const whole = 'I thought ... maybe not...\r\nThen I left\r\n\r\nNobody saw.';
  const sentences = ['I thought ... maybe not...', 'Then I left', 'Nobody saw.'];
  for (let place = 0; place <= whole.length; place++) t.deepEqual(split(cut(whole, [place])), sentences);
});

test('a list ends with its paragraph', (t) => {
  t.deepEqual(split('1. Wash it. Dry it. 2. Boil it.'), ['1. Wash it.', 'Dry it.', '2. Boil it.']);
  t.deepEqual(split('1. Wash it.\n\nHow many were there? 2. Nobody knew.'), [
    '1. Wash it.',
    'How many were there?',
    '2.',
    'Nobody knew.',
  ]);
});

test('a line break is white space, unless every line is a paragraph', (t) => {
  const whole = 'A line that\nis wrapped. And a\nlast one\n\nThe end';
  t.deepEqual(split(whole), ['A line that is wrapped.', 'And a last one', 'The end']);
  t.deepEqual(split(whole, { lineBreaks: 'paragraph' }), [
    'A line that',
    'is wrapped.',
    'And a',
    'last one',
    'The end',
  ]);
});

test("'\\r\\n', '\\r', '\\u2028' and '\\u2029' break lines as '\\n' does", (t) => {
  for (const lineBreak of ['\n', '\r\n', '\r', '\u2028']) {
    t.deepEqual(split(`one${lineBreak}two`), ['one two']);
    t.deepEqual(split(`one${lineBreak} ${lineBreak}two`), ['one', 'two']);
  }
  t.deepEqual(split('one\u2029two'), ['one', 'two']);
});

test('the locale chooses the abbreviations', (t) => {
  t.deepEqual(split('Siehe Nr. 5 dort.', { locale: 'de-AT' }), ['Siehe Nr. 5 dort.']);
  t.deepEqual(split('Siehe Nr. 5 dort.', { locale: 'en' }), ['Siehe Nr.', '5 dort.']);
});

test('a language without a list of abbreviations is split by the other rules', (t) => {
  t.deepEqual(split('Hän maksoi 3.14 euroa. Hyvä! J. Salo tuli.', { locale: 'fi' }), [
    'Hän maksoi 3.14 euroa.',
    'Hyvä!',
    'J. Salo tuli.',
  ]);
});

test('an option that cannot be used is an InvalidArgumentError', (t) => {
  for (const locale of ['not a locale', '', 'x', 7, null])
    throwsInvalid(t, () => new SentenceSplitter({ locale: locale as string }), 'locale');
  t.throws(() => new SentenceSplitter({ lineBreaks: 'none' as 'space' }), {
    instanceOf: InvalidArgumentError,
    message: 'Expected lineBreaks to be one of space, paragraph, got "none" (string)',
  });
});

test('an empty text has no sentences', (t) => {
  for (const empty of ['', ' ', '\n\n', '\ufeff', '\r']) t.deepEqual(split(empty), []);
  t.deepEqual(new SentenceSplitter().end(), []);
});
