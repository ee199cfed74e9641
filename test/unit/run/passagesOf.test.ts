import test from 'ava';
import type { Batch } from '../../../src/pipeline/Batch.js';
import { passagesOf } from '../../../src/run/passagesOf.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';

const tokenizer = new CharacterTokenizer('abcdeß');
const { eosId } = tokenizer;

/** Rows of a batch, time-major; `-` is a place that does not count. */
function batchOf(rows: readonly string[], goesOn?: { readonly begins: readonly number[] }): Batch {
  const length = Math.max(...rows.map((row) => row.length));
  const size = rows.length;
  const ids = new Int32Array(length * size);
  const mask = new Float32Array(length * size);
  for (const [row, text] of rows.entries())
    for (const [step, character] of [...text].entries()) {
      const id = character === '.' ? eosId : (tokenizer.encode(character)[0] as number);
      ids[step * size + row] = character === '-' ? 0 : id;
      mask[step * size + row] = Number(character !== '-');
    }
  const lengths = Int32Array.from(rows, (row) => row.length);
  const batch = { ids, mask, lengths, size, length, tokens: 0 };
  if (!goesOn) return batch;
  return { ...batch, before: new Int32Array(size).fill(eosId), begins: Uint8Array.from(goesOn.begins) };
}

async function* each(...batches: Batch[]): AsyncGenerator<Batch> {
  yield* batches;
}

test('sentences are a line each, without their ends and without padding', async (t) => {
  t.is(await passagesOf(each(batchOf(['ab.', 'c.-']), batchOf(['dd.'])), tokenizer), 'ab\nc\ndd\n');
});

test('of text that goes on, each row is a text, and what it reads to warm up is left out', async (t) => {
  const first = batchOf(['--ab', '--cd'], { begins: [1, 1] });
  const second = batchOf(['ba', 'ee'], { begins: [0, 1] });
  t.is(await passagesOf(each(first, second), tokenizer), 'abba\n\ncd\n\nee');
});

test('there are no more bytes of UTF-8 than asked for, and what does not fit is left out whole', async (t) => {
  const batches = () => each(batchOf(['ßß.', 'ab.', 'c.']));
  // Four of two characters, and two for what is between sentences.
  t.is(await passagesOf(batches(), tokenizer, { maxBytes: 6 }), 'ßß\n');
  t.is(await passagesOf(batches(), tokenizer, { maxBytes: 5 }), '');
  t.is(await passagesOf(batches(), tokenizer, { maxBytes: 13 }), 'ßß\nab\nc\n');
});
