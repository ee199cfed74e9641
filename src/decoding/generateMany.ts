import { setImmediate } from 'node:timers/promises';
import { type AsyncIterableX, from } from 'ix/asynciterable';
import { checkNumber, invalid } from '../errors.js';
import { MergingPredictor, type StatePart } from './MergingPredictor.js';
import type { Token } from './Token.js';
import type { TokenPredictor } from './TokenPredictor.js';

/** A token and the prompt that it follows. */
export interface IndexedToken {
  /** Which prompt, from 0. */
  readonly index: number;
  readonly token: Token;
}

/** How a prompt is decoded, over the predictor that all share: `(predictor, prompt) => greedy(predictor, { prompt })`. */
export type PromptDecoder<State> = (
  predictor: TokenPredictor<StatePart<State>>,
  prompt: string,
  index: number,
) => AsyncIterable<Token>;

/** Prompts, which may come over time. */
type Prompts = (Iterable<string> & object) | AsyncIterable<string>;

/** Options of `generateMany`. */
export interface GenerateManyOptions {
  /** How many prompts are decoded at once; as one ends, the next one begins. Default 64. */
  slots?: number;
  /** Stops the work and frees every tensor, also while nobody asks for a token; asking then throws its reason. */
  signal?: AbortSignal;
}

/**
 * Decodes many prompts at once, with one call of the predictor per time step for all of them, and yields tokens as they
 * come. Each prompt gets exactly what its decoder, whichever it is, would give alone. Nothing is computed until a token is
 * asked for. Prompts are read as slots are free for them; where they come over time, those that are there go on meanwhile.
 *
 *     generateMany(model, prompts, (predictor, prompt, index) => sample(predictor, { prompt, seed: index }))
 *     ──▶ { index: 0, token }, { index: 1, token }, { index: 0, token }, …
 *
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function generateMany<State>(
  predictor: TokenPredictor<State>,
  prompts: Prompts,
  decoder: PromptDecoder<State>,
  { slots = 64, signal }: GenerateManyOptions = {},
): AsyncIterableX<IndexedToken> {
  if (typeof prompts === 'string') throw invalid('prompts', 'an iterable of prompts', prompts);
  checkNumber('slots', slots, { integer: true, min: 1 });
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid('signal', 'an AbortSignal', signal);
  return from({ [Symbol.asyncIterator]: () => tokensOf(predictor, prompts, decoder, slots, signal) });
}

/** Decodes one prompt after the other. */
type Slot = AsyncGenerator<IndexedToken, void, undefined>;

async function* tokensOf<State>(
  predictor: TokenPredictor<State>,
  prompts: Prompts,
  decoder: PromptDecoder<State>,
  maxSlots: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<IndexedToken> {
  const queue = numbered(prompts);
  const slots = new Set<Slot>();
  /** How many slots wait for a prompt. */
  let reading = 0;
  let ready: (IndexedToken & { readonly slot: Slot })[] = [];
  let failure: { readonly error: unknown } | undefined;
  let ended = false;
  let wake = (): void => {};
  const merging = new MergingPredictor(predictor, () => wake());

  const ask = async (slot: Slot): Promise<void> => {
    try {
      const { done, value } = await slot.next();
      if (done) slots.delete(slot);
      else ready.push({ ...value, slot });
    } catch (error) {
      slots.delete(slot);
      failure ??= { error };
    }
    wake();
  };
  const openSlot = (): void => {
    if (slots.size === maxSlots) return;
    const slot = decodePrompts();
    slots.add(slot);
    ask(slot);
  };
  async function* decodePrompts(): Slot {
    for (;;) {
      reading++;
      const { done, value } = await queue.next().finally(() => reading--);
      if (done || ended) return;
      openSlot();
      const { index, prompt } = value;
      for await (const token of decoder(merging.forDecoder(index), prompt, index)) yield { index, token };
    }
  }

  /** Resolves when every slot has a token or waits, and one of them for more than a prompt. */
  const allAtRest = async (): Promise<void> => {
    const isMoving = (): boolean => ready.length + merging.waiting + reading < slots.size;
    const onlyReads = (): boolean => reading > 0 && reading === slots.size && !failure;
    while (!ended && (isMoving() || onlyReads()))
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  };
  const end = async (reason: unknown): Promise<void> => {
    ended = true;
    merging.close(reason);
    wake();
    const closing = Promise.allSettled([...[...slots].map((slot) => slot.return(undefined)), queue.return(undefined)]);
    // A prompt that is being read cannot be hurried; then the source closes behind it.
    if (reading === 0) await closing;
  };
  const onAbort = (): void => void end(signal?.reason);

  try {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', onAbort, { once: true });
    openSlot();
    for (;;) {
      await allAtRest();
      if (reading > 0 && ready.length === 0) {
        // Prompts that are there already take part in this time step.
        await setImmediate();
        await allAtRest();
      }
      signal?.throwIfAborted();
      const [round, error] = [ready.sort((a, b) => a.index - b.index), failure];
      ready = [];
      for (const { index, token, slot } of round) {
        yield { index, token };
        signal?.throwIfAborted();
        ask(slot);
      }
      if (error) throw error.error;
      if (slots.size === 0) return;
      if (round.length === 0) void merging.flush();
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await end(new Error('The generation has ended'));
  }
}

async function* numbered(prompts: Prompts): AsyncGenerator<{ index: number; prompt: string }, undefined, undefined> {
  let index = 0;
  for await (const prompt of prompts) yield { index: index++, prompt };
  return undefined;
}
