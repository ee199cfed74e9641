import { checkNumber } from '../errors.js';
import type { Batch } from '../pipeline/Batch.js';
import type { Tokenizer } from '../text/Tokenizer.js';

/** The bytes of held-out text that a run keeps. */
const DEFAULT_MAX_BYTES = 200_000;

/**
 * The text of batches, such as a run keeps of what it validates on, to look for passages in: sentences a line each, in the order of the
 * batches; of text that goes on, what each row reads, the rows apart by a blank line. What would be longer is left out, sentence by
 * sentence and window by window, in UTF-8.
 *
 *     await run.savePassages(await passagesOf(text.validBatches, text.tokenizer));
 *
 * @throws {InvalidArgumentError} when `maxBytes` is no whole number from 0.
 */
export async function passagesOf(
  batches: AsyncIterable<Batch>,
  tokenizer: Tokenizer,
  { maxBytes = DEFAULT_MAX_BYTES }: { maxBytes?: number | undefined } = {},
): Promise<string> {
  checkNumber('maxBytes', maxBytes, { integer: true, min: 0 });
  const rows: string[] = [];
  let [bytes, goesOn] = [0, false];
  for await (const batch of batches) {
    goesOn = batch.before !== undefined;
    for (let row = 0; row < batch.size; row++) {
      const text = textOfRow(batch, row, tokenizer);
      if (text === '') continue;
      // Two for what is between them.
      const more = Buffer.byteLength(text) + 2;
      if (bytes + more > maxBytes) return joined(rows, goesOn);
      bytes += more;
      if (goesOn) rows[row] = (rows[row] ?? '') + (batch.begins?.[row] && rows[row] ? '\n\n' : '') + text;
      else rows.push(text);
    }
  }
  return joined(rows, goesOn);
}

/** What a row of a batch reads: tokens that count, without EOS, which has no text. */
function textOfRow({ ids, mask, size, length }: Batch, row: number, tokenizer: Tokenizer): string {
  const read: number[] = [];
  for (let at = row; at < length * size; at += size) if (mask[at] !== 0) read.push(ids[at] as number);
  return tokenizer.decode(read);
}

function joined(rows: readonly (string | undefined)[], goesOn: boolean): string {
  const texts = rows.filter((row) => row !== undefined);
  return goesOn ? texts.join('\n\n') : texts.map((text) => `${text}\n`).join('');
}
