import type { Hash } from 'node:crypto';
import type { Batch } from '../pipeline/Batch.js';
import { countedOf } from '../pipeline/countedOf.js';
import type { Tokenizer } from '../text/Tokenizer.js';

/** How much batches hold together. */
export interface BatchesSize {
  /** How many there are. */
  readonly batches: number;
  /** Tokens that count, EOS counted. */
  readonly tokens: number;
  /** Characters that these stand for, EOS counted as one. */
  readonly characters: number;
}

/** Of batches: their size, and what only some texts have a use for. */
export interface MeasuredText {
  /** How much there is. */
  readonly size: BatchesSize;
  /** Rows of all batches: where they hold sentences, as many as there are. */
  readonly rows: number;
  /** Places in the largest batch, padding counted. */
  readonly largestBatch: number;
}

/** Reads batches once, and adds all their numbers to a hash: for the size of a text, and its fingerprint. */
export async function measureBatches(
  batches: AsyncIterable<Batch>,
  tokenizer: Tokenizer,
  hash: Hash,
): Promise<MeasuredText> {
  const size = { batches: 0, tokens: 0, characters: 0 };
  let rows = 0;
  let largestBatch = 0;
  for await (const batch of batches) {
    hashBatch(hash, batch);
    size.batches++;
    rows += batch.size;
    largestBatch = Math.max(largestBatch, batch.size * batch.length);
    for (const counted of countedOf(batch)) {
      size.tokens += counted.length;
      size.characters += tokenizer.characterCount(counted);
    }
  }
  return { size, rows, largestBatch };
}

function hashBatch(
  hash: Hash,
  { size, length, ids, before = new Int32Array(), begins = new Uint8Array() }: Batch,
): void {
  for (const { buffer, byteOffset, byteLength } of [Int32Array.of(size, length), ids, before, begins])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
}
