import { beamSearch } from '../decoding/beamSearch.js';
import type { DecodingOptions } from '../decoding/DecodingOptions.js';
import { greedy } from '../decoding/greedy.js';
import type { LogProbabilityProcessor } from '../decoding/LogProbabilityProcessor.js';
import { nBest } from '../decoding/nBest.js';
import { PredictorSession } from '../decoding/PredictorSession.js';
import { minP } from '../decoding/processors/minP.js';
import { temperature } from '../decoding/processors/temperature.js';
import { topK } from '../decoding/processors/topK.js';
import { topP } from '../decoding/processors/topP.js';
import { readPrompt } from '../decoding/readPrompt.js';
import { sample } from '../decoding/sample.js';
import type { TokenPredictor } from '../decoding/TokenPredictor.js';
import { eventLoopTurns } from '../eventLoop.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import { Choice } from './Choice.js';
import type { CompletionRequest, PromptIds } from './CompletionRequest.js';
import { Distributions } from './Distributions.js';
import { countPenalties, logitBias } from './penalties.js';

/** What a job is made of. */
export interface JobOptions {
  readonly request: CompletionRequest;
  readonly prompt: PromptIds;
  /** Which of the prompt's candidates it makes, from 0: seeds count up. */
  readonly candidate: number;
  readonly tokenizer: Tokenizer;
  /** Told of each token, and of each sentence's end. */
  readonly onNews: () => void;
}

/** A prompt that is decoded once: into one choice, or by a beam search into `n`. */
export class Job {
  readonly prompt: PromptIds;
  /** How many it has at once: what it takes of each call of the predictor. */
  readonly hypotheses: number;
  /** What it makes; the tokens come one by one. */
  readonly choices: readonly Choice[];
  /** Where log-probabilities are asked for, or the best of several sentences are: what the model said. */
  readonly distributions: Distributions | undefined;
  /** Settles when it is over. */
  readonly done: Promise<void>;
  readonly #options: JobOptions;
  /** Its own: a signal that all jobs of a request listened to would warn of a leak. */
  readonly #stop = new AbortController();
  #settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;

  constructor(options: JobOptions) {
    const { request, prompt, tokenizer, onNews } = options;
    const { choosing, logprobs, maxTokens, n, bestOf, echo } = request;
    this.#options = options;
    this.prompt = prompt;
    const listens = logprobs !== undefined || bestOf > n;
    this.distributions = listens
      ? new Distributions(prompt.read, logprobs ?? 0, echo && logprobs !== undefined)
      : undefined;
    const isBeam = choosing.decoder === 'beam';
    this.hypotheses = isBeam ? choosing.beams : 1;
    const alone = !isBeam || n === 1;
    const choice = { tokenizer, promptIds: prompt.read, maxTokens, distributions: this.distributions, alone, onNews };
    this.choices = Array.from({ length: isBeam ? n : 1 }, () => new Choice(choice));
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Who waits for it may come later.
    this.done.catch(() => {});
  }

  /** Tells that it is stopped, and why. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Stops it, at the next token at the latest. */
  stop(reason: unknown): void {
    this.#stop.abort(reason);
  }

  /** Does it. What goes wrong is reported by `done` alone. */
  async run<State>(predictor: TokenPredictor<State>): Promise<void> {
    try {
      this.signal.throwIfAborted();
      await this.#decode((this.distributions?.of(predictor) ?? predictor) as TokenPredictor<unknown>);
      this.#settle?.resolve();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends it without having been run. */
  fail(error: unknown): void {
    this.#settle?.reject(error);
  }

  async #decode(predictor: TokenPredictor<unknown>): Promise<void> {
    const { request, candidate } = this.#options;
    const { choosing, n, maxTokens } = request;
    const [first] = this.choices as [Choice];
    if (maxTokens === 0) await this.#readPrompt(predictor);
    else if (choosing.decoder === 'beam' && n > 1) {
      const { beams, lengthPenalty } = choosing;
      let place = 0;
      for await (const { tokens } of nBest(predictor, { ...this.#common(), beams, lengthPenalty, count: n })) {
        const choice = this.choices[place++] as Choice;
        for (const token of tokens) choice.push(token);
        choice.end();
      }
      // A search may find fewer.
      for (const choice of this.choices.slice(place)) choice.end();
      return;
    } else for await (const token of this.#tokens(predictor, candidate)) first.push(token);
    for (const choice of this.choices) choice.end();
  }

  #tokens(predictor: TokenPredictor<unknown>, candidate: number) {
    const { choosing } = this.#options.request;
    const options = this.#common();
    if (choosing.decoder === 'greedy') return greedy(predictor, options);
    if (choosing.decoder === 'beam') {
      const { beams, lengthPenalty } = choosing;
      return beamSearch(predictor, { ...options, beams, lengthPenalty });
    }
    // Of a seed, the low 32 bits count: without the others, no sum is too large.
    return sample(predictor, { ...options, seed: (choosing.seed % 2 ** 32) + candidate });
  }

  #common(): DecodingOptions {
    const { request, prompt } = this.#options;
    const { maxTokens: maxLength, stop } = request;
    const { signal } = this;
    return { prompt: prompt.read, maxLength, stop, omitStop: true, processors: processorsOf(request), signal };
  }

  /** Where nothing is generated, the prompt is read for its log-probabilities alone. */
  async #readPrompt(predictor: TokenPredictor<unknown>): Promise<void> {
    if (!this.distributions) return;
    const session = new PredictorSession(predictor, this.signal);
    try {
      await readPrompt(session, predictor.tokenizer.eosId, this.prompt.read, eventLoopTurns());
    } finally {
      session.close();
    }
  }
}

/** What changes the distribution, in the order in which OpenAI's API has it. */
function processorsOf(request: CompletionRequest): LogProbabilityProcessor[] {
  const { choosing, logitBias: biases, frequencyPenalty, presencePenalty } = request;
  const hasPenalty = frequencyPenalty !== 0 || presencePenalty !== 0;
  const heat = choosing.decoder === 'greedy' ? 1 : choosing.temperature;
  return [
    biases.size > 0 && logitBias(biases),
    hasPenalty && countPenalties(frequencyPenalty, presencePenalty),
    heat !== 1 && temperature(heat),
    request.topK !== undefined && topK(request.topK),
    request.topP !== undefined && topP(request.topP),
    request.minP !== undefined && minP(request.minP),
  ].filter((one) => one !== false);
}
