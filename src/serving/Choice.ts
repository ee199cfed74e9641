import type { Token } from '../decoding/Token.js';
import { textAfter } from '../decoding/textAfter.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import type { Distribution, Distributions } from './Distributions.js';

/** A token as a client gets it. */
export interface Entry {
  readonly id: number;
  readonly text: string;
  /** Nats, as the model gave it; `null` for the first token of a prompt, which nothing was before. */
  readonly logProbability: number | null;
  /** What else might have come, best first. */
  readonly top: Distribution['top'];
}

/** Why a sentence ends: `stop` by EOS or a stop string, `length` by `max_tokens`. */
export type FinishReason = 'stop' | 'length';

/** What a choice is made of. */
export interface ChoiceOptions {
  readonly tokenizer: Tokenizer;
  readonly promptIds: readonly number[];
  readonly maxTokens: number;
  /** Where log-probabilities are asked for, or the best of several are. */
  readonly distributions: Distributions | undefined;
  /** Whether no other choice looks at the distributions: what was passed is then forgotten. */
  readonly alone: boolean;
  /** Told of each token, and of the end. */
  readonly onNews: () => void;
}

/** A sentence that is being generated: its tokens so far, and why it ended. */
export class Choice {
  readonly #options: ChoiceOptions;
  readonly #ids: number[] = [];
  readonly #entries: Entry[] = [];
  /** Without text, perhaps because they belong to a stop string: the next token or the end tells. */
  #textless: Entry[] = [];
  #text = '';
  #sum = 0;
  /** How many log-probabilities the sum is of. */
  #count = 0;
  /** What was said before the latest token. */
  #distribution: Distribution | undefined;
  #finishReason: FinishReason | undefined;

  constructor(options: ChoiceOptions) {
    this.#options = options;
  }

  /** How many tokens were generated, EOS not counted. */
  get tokens(): number {
    return this.#ids.length;
  }

  /** The text so far, without the prompt. */
  get text(): string {
    return this.#text;
  }

  /** The tokens so far, where distributions are kept; EOS is one. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Why it ended, once it has. */
  get finishReason(): FinishReason | undefined {
    return this.#finishReason;
  }

  /** What the best of several has most of: log-probability a token, in nats, EOS counted: else to say nothing would be best. */
  get meanLogProbability(): number {
    return this.#sum / Math.max(1, this.#count);
  }

  /** Takes the next token. */
  push({ id, text, logProbability }: Token): void {
    if (this.#options.distributions) {
      const before = this.#before();
      this.#textless.push({ id, text, logProbability, top: before?.top ?? [] });
      if (text !== '') this.#entries.push(...this.#textless.splice(0));
      if (this.#options.alone) this.#distribution?.next.clear();
      this.#distribution = before;
    }
    this.#ids.push(id);
    this.#text += text;
    this.#take(logProbability);
    this.#options.onNews();
  }

  /** Takes the end. */
  end(): void {
    const { tokenizer, promptIds, maxTokens } = this.#options;
    // A stop string is left out of the text: where one came, the ids have more.
    const stopped = textAfter(tokenizer, promptIds, this.#ids).length > this.#text.length;
    const ended = !stopped && this.#ids.length < maxTokens;
    this.#finishReason = stopped || ended ? 'stop' : 'length';
    if (!stopped) this.#entries.push(...this.#textless);
    const before = this.#before();
    if (ended && before) {
      this.#entries.push({ id: tokenizer.eosId, text: '', logProbability: before.ofEos, top: before.top });
      this.#take(before.ofEos);
    }
    this.#options.onNews();
  }

  #take(logProbability: number): void {
    this.#sum += logProbability;
    this.#count++;
  }

  /** What was said before the next token: it may not have been said before the latest one came. */
  #before(): Distribution | undefined {
    const last = this.#ids.at(-1);
    if (last === undefined) return this.#options.distributions?.alongPrompt.at(-1);
    return this.#distribution?.next.get(last);
  }
}
