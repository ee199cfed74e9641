import { performance } from 'node:perf_hooks';
import { SentenceSplitter } from '../src/text/SentenceSplitter.js';
import { englishCases, otherCases, type SentenceCase, sentencesOf, textOf } from '../test/fixtures/sentences.js';
import { median, printTable } from './table.js';

// Hard sentence boundaries that come out right, and speed. `npm install --no-save sentencex` adds a row for that package.
type Split = (text: string, locale: string) => readonly string[];

const PEER = 'sentencex';
const RUNS = 5;

const splitters = new Map<string, Split>([
  ['Intl.Segmenter', segment],
  [
    'SentenceSplitter',
    (text, locale) => {
      const splitter = new SentenceSplitter({ locale });
      return [...splitter.push(text), ...splitter.end()];
    },
  ],
]);
try {
  const peer: { segment: (locale: string, text: string) => string[] } = await import(PEER);
  splitters.set(PEER, (text, locale) => peer.segment(locale, text));
} catch {
  console.log(`Without ${PEER}, as it is not installed.\n`);
}

/** Prose with the sentences of all English cases, paragraph after paragraph. */
const paragraphs = Array.from({ length: 4000 }, (_, index) =>
  Array.from({ length: 6 }, (_, place) => {
    const sentenceCase = englishCases[(index * 7 + place * 11) % englishCases.length];
    return sentenceCase === undefined ? '' : sentencesOf(sentenceCase).join(' ');
  }).join(' '),
);

printTable(
  ['', `English, of ${englishCases.length}`, `other languages, of ${otherCases.length}`, 'MB/s'],
  [...splitters].map(([name, split]) => [
    name,
    String(englishCases.filter((sentenceCase) => isRight(split, sentenceCase)).length),
    String(otherCases.filter((sentenceCase) => isRight(split, sentenceCase)).length),
    speed(split).toFixed(1),
  ]),
);

function segment(text: string, locale: string): string[] {
  return Array.from(new Intl.Segmenter(locale, { granularity: 'sentence' }).segment(text), ({ segment }) => segment);
}

/** Whether a case comes out right as it is, or with single line breaks as spaces, which some splitters need. */
function isRight(split: Split, sentenceCase: SentenceCase): boolean {
  const { locale = 'en' } = sentenceCase;
  const expected = sentencesOf(sentenceCase).join('‖');
  const text = textOf(sentenceCase);
  const unwrapped = text.split(/\n\s*\n/).map((paragraph) => paragraph.replaceAll(/\s+/g, ' '));
  return [[text], unwrapped].some((parts) => {
    const sentences = parts.flatMap((part) => split(part, locale)).map((sentence) => sentence.replaceAll(/\s+/g, ' '));
    return (
      sentences
        .map((sentence) => sentence.trim())
        .filter((sentence) => sentence !== '')
        .join('‖') === expected
    );
  });
}

/** Millions of characters a second, a paragraph at a time: `Intl.Segmenter` slows down with the text's length. */
function speed(split: Split): number {
  const characters = paragraphs.reduce((sum, { length }) => sum + length, 0);
  const seconds = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    for (const paragraph of paragraphs) split(paragraph, 'en');
    return (performance.now() - start) / 1000;
  });
  return characters / 1e6 / median(seconds);
}
