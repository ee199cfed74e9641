import test from 'ava';
import { SentencePieceTokenizer } from '../../../../src/text/SentencePieceTokenizer.js';
import { PAD_ID } from '../../../../src/text/Tokenizer.js';
import fc from '../../../support/fastCheck.js';
import { sweepOf } from '../../../support/sweeps.js';
import { fixture } from '../../../support/trainingText.js';
import { modelFile, models } from './fixtures.js';

const bytes = await SentencePieceTokenizer.load(fixture('ours-bytes.model'));
const FIRST_BYTE = 3;

/** What each push gives, and then the end. */
function pushed(ids: readonly number[]): string[] {
  const detokenizer = bytes.detokenizer();
  return [...ids.map((id) => detokenizer.push(id)), detokenizer.end()];
}

const idsOf = (...values: number[]): number[] => values.map((value) => value + FIRST_BYTE);

for (const name of Object.keys(models))
  test(`${name}: what comes of any ids one by one is what decode gives`, async (t) => {
    const tokenizer = await SentencePieceTokenizer.load(modelFile(name));
    fc.assert(
      fc.property(fc.array(fc.nat(tokenizer.vocabularySize - 1)), (ids) => {
        const detokenizer = tokenizer.detokenizer();
        const parts = ids.map((id) => detokenizer.push(id));
        return parts.join('') + detokenizer.end() === tokenizer.decode(ids);
      }),
    );
    t.pass();
  });

for (const name of Object.keys(models))
  test(`${name}: a copy goes on from where it was made, and what it came from does not notice`, async (t) => {
    const tokenizer = await SentencePieceTokenizer.load(modelFile(name));
    const ids = fc.array(fc.nat(tokenizer.vocabularySize - 1), { maxLength: 8 });
    fc.assert(
      fc.property(ids, ids, ids, (first, one, other) => {
        const detokenizer = tokenizer.detokenizer();
        const written = first.map((id) => detokenizer.push(id)).join('');
        const copy = detokenizer.copy?.();
        const goOn = (more: readonly number[], on = detokenizer): string =>
          written + more.map((id) => on.push(id)).join('') + on.end();
        const [ofCopy, own] = [goOn(one, copy), goOn(other)];
        return ofCopy === tokenizer.decode([...first, ...one]) && own === tokenizer.decode([...first, ...other]);
      }),
    );
    t.pass();
  });

test('no text that comes of a push ends within a character', (t) => {
  const byte = fc.integer({ min: FIRST_BYTE, max: FIRST_BYTE + 255 });
  fc.assert(fc.property(fc.array(byte), (ids) => pushed(ids).every((part) => !/\p{Cs}/u.test(part))));
  t.pass();
});

test('bytes wait until they are a character', (t) => {
  t.deepEqual(pushed(idsOf(0xe6, 0x97, 0xa5, 0x41, 0xf0, 0x9f, 0x91, 0x8d)), ['', '', '日', 'A', '', '', '', '👍', '']);
});

test('the space before the first word has no text, that before others has', (t) => {
  const ids = [...bytes.encode('a a')];
  const [space = 0] = bytes.encode('a');
  t.deepEqual(pushed(ids).join(''), 'a a');
  t.is(
    pushed([PAD_ID, space, bytes.unknownId, space]).join('').trimStart(),
    pushed([space, space]).join('').trimStart(),
  );
});

test('bytes that are no character become U+FFFD, one each', (t) => {
  const invalid: [number[], string][] = [
    [[0x80], '\ufffd'],
    [[0xff, 0x41], '\ufffdA'],
    [[0xc0, 0x80], '\ufffd\ufffd'],
    [[0xe6, 0x97], '\ufffd\ufffd'],
    [[0xe6, 0x97, 0x41], '\ufffd\ufffdA'],
    [[0xe6, 0xe6, 0x97, 0xa5], '\ufffd日'],
    [[0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'],
    [[0xf4, 0x90, 0x80, 0x80], '\ufffd\ufffd\ufffd\ufffd'],
    [[0xe0, 0x80, 0x80], '\ufffd\ufffd\ufffd'],
    [[0xf0, 0x9f, 0x91], '\ufffd\ufffd\ufffd'],
  ];
  for (const [values, text] of invalid) {
    t.is(pushed(idsOf(...values)).join(''), text);
    t.is(bytes.decode(idsOf(...values)), text);
  }
});

test('EOS, pad and unknown end a run of bytes', (t) => {
  for (const id of [bytes.eosId, PAD_ID, bytes.unknownId])
    t.deepEqual(pushed([...idsOf(0xe6, 0x97), id, ...idsOf(0xa5)]), ['', '', '\ufffd\ufffd', '\ufffd', '']);
});

test('all valid UTF-8 comes back from its bytes', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => bytes.decode(idsOf(...Buffer.from(text))) === text),
    { numRuns: sweepOf(1000, 200) },
  );
  t.pass();
});

test('a detokenizer can go on after its end: what was unfinished is forgotten', (t) => {
  const detokenizer = bytes.detokenizer();
  detokenizer.push(0xe6 + FIRST_BYTE);
  t.is(detokenizer.end(), '\ufffd');
  t.is(detokenizer.end(), '');
  t.is(detokenizer.push(0x41 + FIRST_BYTE), 'A');
});
