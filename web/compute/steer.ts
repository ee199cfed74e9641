import type { InferenceState } from '../../src/browser.js';
import { sample, type Token, type TokenPredictor } from '../../src/browser.js';
import type { OpenModel } from './OpenModel.js';
import { Paced } from './Paced.js';
import type { Turns } from './Turns.js';
import { joinedTokens } from './textTokens.js';
import type { SampledText, SteerRequest, SteerResult } from './types.js';

/** Samples a text, and beside it one of the same seed in which units are held. */
export async function steer(
  { model }: OpenModel,
  { prompt, sampling, seed = 1, maxLength, pins }: SteerRequest,
  turns: Turns,
  onPart: ((part: SteerResult) => void) | undefined,
): Promise<SteerResult> {
  const texts = (pins.length === 0 ? [model] : [model, model.pinned(pins)]).map(
    (predictor) => new Sampling(predictor, { ...sampling, prompt, seed, maxLength }),
  );
  const [free, pinned] = texts as [Sampling, Sampling?];
  const now = (): SteerResult => ({ free: free.text, pinned: pinned?.text, parts: pinned && partingOf(free, pinned) });
  const paced = new Paced();
  try {
    while (texts.some(({ isOver }) => !isOver)) {
      for (const text of texts) await text.goOn();
      await turns.take();
      paced.tell(onPart, now);
    }
    return now();
  } finally {
    for (const text of texts) await text.close();
  }
}

/** A text that grows token by token. */
class Sampling {
  readonly tokens: Token[] = [];
  readonly #iterator: AsyncIterator<Token>;
  readonly #maxLength: number;
  #isOver = false;

  constructor(
    predictor: TokenPredictor<InferenceState>,
    options: Parameters<typeof sample>[1] & { maxLength: number },
  ) {
    this.#iterator = sample(predictor, options)[Symbol.asyncIterator]();
    this.#maxLength = options.maxLength;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get text(): SampledText {
    return {
      tokens: joinedTokens(this.tokens),
      surprise: Float32Array.from(this.tokens, ({ logProbability }) => -logProbability),
      isComplete: this.#isOver && this.tokens.length < this.#maxLength,
    };
  }

  async goOn(): Promise<void> {
    if (this.#isOver) return;
    const { value, done } = await this.#iterator.next();
    if (done) this.#isOver = true;
    else this.tokens.push(value);
  }

  /** Frees what it holds. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** The first token at which two differ, as far as they are. */
function partingOf(a: Sampling, b: Sampling): number | undefined {
  const both = Math.min(a.tokens.length, b.tokens.length);
  for (let at = 0; at < both; at++) if (a.tokens[at]?.id !== b.tokens[at]?.id) return at;
  const isShorter = (one: Sampling, other: Sampling): boolean => one.isOver && other.tokens.length > both;
  return isShorter(a, b) || isShorter(b, a) ? both : undefined;
}
