import type { AsyncIterableX } from 'ix/asynciterable';
import { checkFunction, checkIterable, checkNumber, checkSignal } from '../errors.js';
import { turn } from '../eventLoop.js';
import { asyncIterable } from './asyncIterable.js';
import { checkMemory } from './checkMemory.js';
import { MergingPredictor, type StatePart } from './MergingPredictor.js';
import type { Token } from './Token.js';
import type { TokenPredictor } from './TokenPredictor.js';

/** A token and the prompt that it follows. */
export interface IndexedToken {
  /** Which prompt, from 0. */
  readonly index: number;
  /** What its decoder gave. */
  readonly token: Token;
}

/** How a prompt is decoded, over the predictor that all share: `(predictor, prompt) => greedy(predictor, { prompt })`. */
export type PromptDecoder<State, Prompt = string> = (
  predictor: TokenPredictor<StatePart<State>>,
  prompt: Prompt,
  index: number,
) => AsyncIterable<Token>;

/** Prompts, which may come over time. */
type Prompts<Prompt> = (Iterable<Prompt> & object) | AsyncIterable<Prompt>;

/** Options of `generateMany`. */
export interface GenerateManyOptions {
  /** How many prompts are decoded at once; as one ends, the next one begins. Memory must have room for them. Default 64. */
  concurrency?: number | undefined;
  /** Stops the work and frees every tensor, also while nobody asks for a token; asking then throws its reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Decodes many prompts at once, with one call of the predictor per time step for all of them, and yields tokens as they
 * come. Each prompt gets exactly what its decoder, whichever it is, would give alone. Nothing is computed until a token is
 * asked for. Prompts are read as slots are free for them; where they come over time, those that are there go on meanwhile.
 * A prompt is text, or whatever the decoder is made of: options of its own, say.
 *
 *     generateMany(model, prompts, (predictor, prompt, index) => sample(predictor, { prompt, seed: index }))
 *     ──▶ { index: 0, token }, { index: 1, token }, { index: 0, token }, …
 *
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function generateMany<State, Prompt = string>(
  predictor: TokenPredictor<State>,
  prompts: Prompts<Prompt>,
  decoder: PromptDecoder<State, Prompt>,
  { concurrency = 64, signal }: GenerateManyOptions = {},
): AsyncIterableX<IndexedToken> {
  checkIterable('prompts', 'an iterable of prompts', prompts);
  checkFunction('decoder', decoder);
  checkNumber('concurrency', concurrency, { integer: true, min: 1 });
  checkSignal(signal);
  checkMemory(
    'concurrency',
    concurrency,
    Array.isArray(prompts) ? Math.min(concurrency, prompts.length) : concurrency,
    predictor,
  );
  return asyncIterable(() => tokensOf(predictor, prompts, decoder, concurrency, signal));
}

/** Decodes one prompt after the other. */
interface Slot {
  index: number;
  tokens: AsyncIterator<Token> | undefined;
}

async function* tokensOf<State, Prompt>(
  predictor: TokenPredictor<State>,
  prompts: Prompts<Prompt>,
  decoder: PromptDecoder<State, Prompt>,
  maxSlots: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<IndexedToken> {
  const queue = numbered(prompts);
  const slots = new Set<Slot>();
  /** How many slots wait for a prompt. */
  let reading = 0;
  let ready: { readonly slot: Slot; readonly token: Token }[] = [];
  let failure: { readonly error: unknown } | undefined;
  let ended = false;
  let onRest = (): void => {};
  const merging = new MergingPredictor(predictor, () => tellRest());

  /** Whether every slot has a token or waits, and one of them for more than a prompt. */
  const isAtRest = (): boolean => {
    const isMoving = ready.length + merging.waiting + reading < slots.size;
    const onlyReads = reading > 0 && reading === slots.size && !failure;
    return ended || !(isMoving || onlyReads);
  };
  const tellRest = (): void => {
    if (isAtRest()) onRest();
  };
  const rest = (): Promise<void> =>
    new Promise((resolve) => {
      onRest = resolve;
    });
  const endSlot = (slot: Slot): void => {
    merging.forget(slot.index);
    slots.delete(slot);
    tellRest();
  };
  const fail = (slot: Slot, error: unknown): void => {
    failure ??= { error };
    endSlot(slot);
  };
  const ask = (slot: Slot): void =>
    void slot.tokens?.next().then(
      ({ done, value }) => {
        if (done) return void decodeNext(slot);
        ready.push({ slot, token: value });
        tellRest();
      },
      (error) => fail(slot, error),
    );
  const decodeNext = async (slot: Slot): Promise<void> => {
    merging.forget(slot.index);
    slot.tokens = undefined;
    reading++;
    tellRest();
    try {
      const { done, value } = await queue.next().finally(() => reading--);
      if (done || ended) return endSlot(slot);
      openSlot();
      const { index, prompt } = value;
      slot.index = index;
      slot.tokens = decoder(merging.forDecoder(index), prompt, index)[Symbol.asyncIterator]();
      ask(slot);
    } catch (error) {
      fail(slot, error);
    }
  };
  const openSlot = (): void => {
    if (slots.size === maxSlots) return;
    const slot: Slot = { index: -1, tokens: undefined };
    slots.add(slot);
    void decodeNext(slot);
  };
  const end = async (reason: unknown): Promise<void> => {
    ended = true;
    merging.close(reason);
    tellRest();
    const closing = Promise.allSettled([
      ...[...slots].map(({ tokens }) => tokens?.return?.()),
      queue.return(undefined),
    ]);
    // A prompt that is being read cannot be hurried; then the source closes behind it.
    if (reading === 0) await closing;
  };
  const onAbort = (): void => void end(signal?.reason);

  try {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', onAbort, { once: true });
    openSlot();
    for (;;) {
      // Looked at again each time: what was at rest may move before the next line runs.
      while (!isAtRest()) await rest();
      if (reading > 0 && ready.length === 0) {
        // Prompts that are there already take part in this time step.
        await turn();
        while (!isAtRest()) await rest();
      }
      signal?.throwIfAborted();
      const [round, error] = [ready.sort((a, b) => a.slot.index - b.slot.index), failure];
      ready = [];
      for (const { slot, token } of round) {
        yield { index: slot.index, token };
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

async function* numbered<Prompt>(
  prompts: Prompts<Prompt>,
): AsyncGenerator<{ index: number; prompt: Prompt }, undefined, undefined> {
  let index = 0;
  for await (const prompt of prompts) yield { index: index++, prompt };
  return undefined;
}
