import type { TokenPredictor } from '../decoding/TokenPredictor.js';
import { checkIterable, checkNumber, InvalidArgumentError, invalid, SourceError } from '../errors.js';
import { eventLoopTurns } from '../eventLoop.js';
import { checkBatch } from '../model/checkBatch.js';
import { checkArrays, checkRowsAndIds } from '../model/checkHypotheses.js';
import type { Batch } from '../pipeline/Batch.js';
import type { Sequence, Tokenizer } from '../text/Tokenizer.js';
import { countNgrams } from './countNgrams.js';
import { childOf } from './NgramCounts.js';
import { NgramTextWriter } from './NgramText.js';
import { wittenBell } from './wittenBell.js';

/** Longer sequences than these hardly come twice. */
const MOST = 32;

/** Options of `ngramModel`. */
export interface NgramOptions {
  /** How many tokens the longest sequences have that are counted: the next token is told by one less. Default 6. */
  readonly order?: number | undefined;
}

/** What hypotheses have read last, as places in an n-gram model's counts. */
export interface NgramState {
  /** How many hypotheses. */
  readonly rows: number;
  /** `[rows × (order − 1)]`: where the last token, the last two, and so on, are counted; −1 where they never came. */
  readonly nodes: Int32Array;
}

/** A model that counts: for every decoder, `score`, `evaluate`, and beside others in `mixtureOf`. */
export interface NgramModel extends TokenPredictor<NgramState> {
  /** How many tokens its longest sequences have. */
  readonly order: number;
  /** How many different sequences it has counted; each takes 12 bytes. */
  readonly ngrams: number;
}

/**
 * A model of how often sequences of up to `order` tokens come in a text, with interpolated Witten-Bell smoothing (Witten and Bell, “The
 * zero-frequency problem”, 1991, method C; Chen and Goodman, “An empirical study of smoothing techniques for language modeling”, 1998). It is made
 * in seconds, and knows by heart what a recurrent model has smoothed over: `mixtureOf` of both is better than either. The text is
 * read once: batches, as `prepareText` gives them, also of text that goes on, or sequences.
 *
 *     const counted = await ngramModel(text.tokenizer, text.batches(0), { order: 6 });
 *
 * @throws {InvalidArgumentError} when `order` is no integer from 1 to 32, or what is read is neither batches nor sequences of the tokenizer.
 * @throws {SourceError} when there is no token.
 */
export async function ngramModel(
  tokenizer: Tokenizer,
  text: AsyncIterable<Batch | Sequence> | Iterable<Batch | Sequence>,
  { order = 6 }: NgramOptions = {},
): Promise<NgramModel> {
  checkNumber('order', order, { integer: true, min: 1, max: MOST });
  checkIterable('text', 'batches or sequences that can be iterated', text);
  if (typeof tokenizer !== 'object' || tokenizer === null) throw invalid('tokenizer', 'a tokenizer', tokenizer);
  const { vocabularySize, eosId } = tokenizer;
  checkNumber('vocabularySize', vocabularySize, { integer: true, min: 1 });
  checkNumber('eosId', eosId, { integer: true, min: 0, below: vocabularySize });
  const writer = new NgramTextWriter();
  const rows = new RowContexts(order - 1);
  const turn = eventLoopTurns();
  let tokens = 0;
  for await (const item of text) {
    if (item instanceof Int32Array) {
      for (const id of item)
        if (id < 0 || id >= vocabularySize) throw invalid('an id', `from 0 to ${vocabularySize - 1}`, id);
      writer.add([eosId], item, new Uint8Array(item.length).fill(1));
      tokens += item.length;
    } else {
      checkBatch(item, vocabularySize);
      for (const { context, ids, counted } of rows.piecesOf(item, eosId)) {
        writer.add(context, ids, counted);
        tokens += counted.reduce((sum, one) => sum + one, 0);
      }
    }
    await turn();
  }
  if (tokens === 0) throw new SourceError('Expected text to count n-grams of, got none');
  const counts = countNgrams(writer.text(), { order, vocabularySize, eosId });
  const width = order - 1;
  return {
    tokenizer,
    order,
    ngrams: counts.levels.reduce((sum, { ids }) => sum + ids.length, 0),
    stateBytes: 4 * width,
    async next(state, rows, ids) {
      checkArrays(rows, ids);
      if (state !== undefined && state?.nodes?.length !== (state?.rows ?? NaN) * width)
        throw new InvalidArgumentError('Expected a state that this model gave, got one of another model');
      checkRowsAndIds(state?.rows, rows, ids, vocabularySize);
      const nodes = new Int32Array(rows.length * width).fill(-1);
      const logProbabilities = new Float32Array(rows.length * vocabularySize);
      for (const [row, from] of rows.entries()) {
        const id = ids[row] ?? 0;
        const own = nodes.subarray(row * width, (row + 1) * width);
        const before = from < 0 || id === eosId ? undefined : state?.nodes.subarray(from * width, (from + 1) * width);
        for (let level = -1; level < width - 1; level++)
          own[level + 1] = level < 0 || before ? childOf(counts, level, before?.[level] ?? -1, id) : -1;
        logProbabilities.set(wittenBell(counts, own, vocabularySize).map(Math.log), row * vocabularySize);
      }
      return { logProbabilities, state: { rows: rows.length, nodes } };
    },
    free() {},
  };
}

/** What the rows of batches have read last: of text that goes on, what the next batch comes behind. */
class RowContexts {
  readonly #width: number;
  #contexts: (readonly number[])[] = [];

  /** It keeps so many tokens of each. */
  constructor(width: number) {
    this.#width = width;
  }

  /** Each row of a batch, without padding, and what it comes behind. */
  *piecesOf(
    { ids, mask, lengths, size, before, begins }: Batch,
    eosId: number,
  ): Generator<{ context: readonly number[]; ids: Int32Array; counted: Uint8Array }> {
    const last = this.#contexts;
    this.#contexts = [];
    for (const [row, length] of lengths.entries()) {
      const own = Int32Array.from({ length }, (_, time) => ids[time * size + row] ?? 0);
      const counted = Uint8Array.from({ length }, (_, time) => ((mask[time * size + row] ?? 0) === 0 ? 0 : 1));
      const goesOn = before && begins?.[row] !== 1 ? last[row] : undefined;
      const context = goesOn ?? [before?.[row] ?? eosId];
      if (before) this.#contexts.push(this.#width === 0 ? [] : [...context, ...own].slice(-this.#width));
      yield { context, ids: own, counted };
    }
  }
}
