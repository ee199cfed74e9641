import type { TokenPredictor } from '../../src/decoding/TokenPredictor.js';
import { PAD_ID, type Tokenizer } from '../../src/text/Tokenizer.js';

/** The probabilities of the next token, `[vocabularySize]`, after the ids that were read; EOS is the first of them. */
export type Table = (prefix: readonly number[]) => ArrayLike<number>;

/** Row k of a state is all that hypothesis k has read. */
export interface TableState {
  readonly prefixes: readonly (readonly number[])[];
}

/** One call of `TablePredictor.next`. */
export interface TableCall {
  readonly rows: readonly number[];
  readonly ids: readonly number[];
}

/** A predictor over a table of probabilities; it counts its calls, and is strict about its states. */
export class TablePredictor implements TokenPredictor<TableState> {
  readonly tokenizer: Tokenizer;
  readonly table: Table;
  readonly calls: TableCall[] = [];
  readonly #before: (call: number) => unknown;
  readonly #live = new Set<TableState>();

  /** `before` is awaited in each call, the first of which is call 1: it may block, wait, throw, or never resolve. */
  constructor(tokenizer: Tokenizer, table: Table, before: (call: number) => unknown = () => {}) {
    this.tokenizer = tokenizer;
    this.table = table;
    this.#before = before;
  }

  /** States made and not freed. */
  get liveStates(): number {
    return this.#live.size;
  }

  async next(state: TableState | undefined, rows: Int32Array, ids: Int32Array) {
    this.#checkCall(state, rows, ids);
    this.calls.push({ rows: [...rows], ids: [...ids] });
    await this.#before(this.calls.length);
    this.#checkLive(state);
    const prefixes = Array.from(rows, (row, k) => [...(state?.prefixes[row] ?? []), ids[k] ?? Number.NaN]);
    const next = { prefixes };
    this.#live.add(next);
    return {
      logProbabilities: Float32Array.from(prefixes.flatMap((prefix) => Array.from(this.table(prefix), Math.log))),
      state: next,
    };
  }

  free(state: TableState): void {
    this.#checkLive(state);
    this.#live.delete(state);
  }

  #checkCall(state: TableState | undefined, rows: Int32Array, ids: Int32Array): void {
    const { vocabularySize } = this.tokenizer;
    this.#checkLive(state);
    if (rows.length === 0 || rows.length !== ids.length) throw new RangeError(`${rows.length} rows, ${ids.length} ids`);
    for (const row of rows)
      if (row < -1 || row >= (state?.prefixes.length ?? 0)) throw new RangeError(`There is no row ${row}`);
    for (const id of ids) if (id < 0 || id >= vocabularySize) throw new RangeError(`There is no id ${id}`);
  }

  #checkLive(state: TableState | undefined): void {
    if (state !== undefined && !this.#live.has(state)) throw new Error('This state is freed, or not of this predictor');
  }
}

/** Probabilities by character, or by `pad`, `EOS` or `unknown`; those not named are 0. */
export type Row = Readonly<Record<string, number>>;

/** A table where the next token depends on the last one alone; the row `EOS` begins a sentence. */
export function markovChain(tokenizer: Tokenizer, chain: Readonly<Record<string, Row>>): Table {
  const rows = new Map(
    Object.entries(chain).map(([name, row]) => [idOf(tokenizer, name), probabilities(tokenizer, row)] as const),
  );
  return (prefix) => {
    const row = rows.get(prefix.at(-1) ?? -1);
    if (row === undefined) throw new Error(`The chain has no row for ${prefix.at(-1)}`);
    return row;
  };
}

/** A table where every token is drawn alike, whatever came before. */
export function sameEverywhere(tokenizer: Tokenizer, row: Row): Table {
  const everywhere = probabilities(tokenizer, row);
  return () => everywhere;
}

/** A table that leaves no choice: this text, then EOS. */
export function recitation(tokenizer: Tokenizer, text: string): Table {
  const ids = tokenizer.encode(text);
  return (prefix) => {
    const row = new Float64Array(tokenizer.vocabularySize);
    row[ids[prefix.length - 1] ?? tokenizer.eosId] = 1;
    return row;
  };
}

function probabilities(tokenizer: Tokenizer, row: Row): Float64Array {
  const total = Object.values(row).reduce((a, b) => a + b, 0);
  if (Math.abs(total - 1) > 1e-9) throw new RangeError(`Probabilities sum to ${total}`);
  const dense = new Float64Array(tokenizer.vocabularySize);
  for (const [name, probability] of Object.entries(row)) dense[idOf(tokenizer, name)] = probability;
  return dense;
}

/** The id of a character, `pad`, `EOS` or `unknown`. */
export function idOf(tokenizer: Tokenizer, name: string): number {
  const specials: Record<string, number> = { pad: PAD_ID, EOS: tokenizer.eosId, unknown: tokenizer.unknownId };
  const [id, ...others] = name in specials ? [specials[name]] : tokenizer.encode(name);
  if (id === undefined || others.length > 0) throw new RangeError(`${name} is not one token`);
  return id;
}
