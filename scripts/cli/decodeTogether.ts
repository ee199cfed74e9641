import { generateMany, type PromptDecoder, type Token, type TokenPredictor } from '../../src/decoding.js';

/** So many sentences at once: more gain little, and the first one, which is printed as it comes, would come slower. */
const TOGETHER = 8;

/** What is known of a sentence that is being decoded. */
interface Decoded {
  /** Its tokens that nobody has read. */
  readonly tokens: Token[];
  /** How it ended, once it has. */
  end?: { readonly error?: unknown };
}

/**
 * So many sentences, each a stream of tokens, in the order of their numbers: each is what its decoder gives alone, but some are decoded at
 * once, which costs less. What comes of a later one waits until it is its turn, an error too. Each is read to its end before the next.
 */
export async function* decodeTogether<State>(
  model: TokenPredictor<State>,
  count: number,
  decoder: PromptDecoder<State>,
): AsyncGenerator<AsyncIterable<Token>> {
  const sentences = new Map<number, Decoded>();
  const sentence = (index: number): Decoded => {
    const known = sentences.get(index) ?? { tokens: [] };
    sentences.set(index, known);
    return known;
  };
  const noting: PromptDecoder<State> = async function* (predictor, prompt, index) {
    try {
      yield* decoder(predictor, prompt, index);
      sentence(index).end = {};
    } catch (error) {
      sentence(index).end = { error };
    }
  };
  const all = generateMany(model, noPrompts(count), noting, { concurrency: Math.min(count, TOGETHER) })[
    Symbol.asyncIterator
  ]();

  async function* tokensOf(index: number): AsyncGenerator<Token> {
    const { tokens } = sentence(index);
    for (;;) {
      yield* tokens.splice(0);
      const { end } = sentence(index);
      if (end && 'error' in end) throw end.error;
      if (end) return;
      const { done, value } = await all.next();
      if (!done) sentence(value.index).tokens.push(value.token);
      // All were ended from outside.
      else if (!sentence(index).end) return;
    }
  }

  try {
    for (let index = 0; index < count; index++) {
      yield tokensOf(index);
      sentences.delete(index);
    }
  } finally {
    await all.return?.();
  }
}

/** So many prompts that say nothing, one by one: a list of them would take memory, or be too long to be one. */
function* noPrompts(count: number): Generator<string> {
  for (let index = 0; index < count; index++) yield '';
}
