import type { Choice, FinishReason } from './Choice.js';
import type { CompletionRequest } from './CompletionRequest.js';
import { Job } from './Job.js';
import { characters, type Logprobs, logprobsOf, promptEntries } from './logprobs.js';
import type { ServedModel } from './ServedModel.js';
import { textsOf } from './textsOf.js';

/** A choice, or a part of one, as it is sent. */
interface SentChoice {
  readonly text: string;
  readonly index: number;
  readonly logprobs: Logprobs | null;
  readonly finish_reason: FinishReason | null;
}

/** How many tokens a request took. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** A completion, or a part of one, as it is sent. */
export interface SentCompletion {
  readonly id: string;
  readonly object: 'text_completion';
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  readonly choices: readonly SentChoice[];
  readonly usage?: Usage | null;
}

/** A choice, and the job that makes it. */
type Candidate = readonly [job: Job, choice: Choice];

/** How much of a choice was sent. */
interface Sent {
  text: number;
  entries: number;
  /** In characters, the prompt counted where it is echoed. */
  offset: number;
  begun: boolean;
  ended: boolean;
}

/** A request to `/v1/completions` that is under way. */
export class Completion {
  /** One for each candidate of each prompt; a beam search finds all candidates of a prompt at once. */
  readonly jobs: readonly Job[];
  readonly #request: CompletionRequest;
  readonly #model: ServedModel;
  readonly #id = `cmpl-${crypto.randomUUID().replaceAll('-', '')}`;
  readonly #created = Math.floor(Date.now() / 1000);
  readonly #sent = new Map<Choice, Sent>();
  readonly #done: Promise<unknown>;
  #onNews: () => void = () => {};
  #hasNews = false;
  #over = false;
  #failed = false;

  constructor(request: CompletionRequest, model: ServedModel) {
    this.#request = request;
    this.#model = model;
    const candidates = request.choosing.decoder === 'beam' ? 1 : request.bestOf;
    const onNews = (): void => {
      this.#hasNews = true;
      this.#onNews();
    };
    const end = (failed: boolean): void => {
      this.#over = true;
      this.#failed = failed;
      onNews();
    };
    this.jobs = request.prompts.flatMap((prompt) =>
      Array.from(
        { length: candidates },
        (_, candidate) => new Job({ request, prompt, candidate, tokenizer: model.tokenizer, onNews }),
      ),
    );
    this.#done = Promise.all(this.jobs.map(({ done }) => done));
    this.#done.then(
      () => end(false),
      () => end(true),
    );
  }

  /** Stops what is under way, at the next token at the latest. */
  stop(reason: unknown): void {
    for (const job of this.jobs) job.stop(reason);
  }

  /** Whether all is done, or something went wrong. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether something went wrong. */
  get failed(): boolean {
    return this.#failed;
  }

  /** What it took, so far. */
  get usage(): Usage {
    const prompt = this.#request.prompts.reduce((sum, { given }) => sum + given.length, 0);
    const completion = this.#candidates().reduce((sum, [, choice]) => sum + choice.tokens, 0);
    return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
  }

  /** Waits until there is something that `part` has not given: a token, or an end. One may wait at a time. */
  async news(): Promise<void> {
    if (this.#hasNews) return;
    await new Promise<void>((resolve) => {
      this.#onNews = resolve;
    });
  }

  /** Resolves when all is done; rejects with what went wrong. */
  async done(): Promise<void> {
    await this.#done;
  }

  /** All of it. */
  whole(): SentCompletion {
    const { n, bestOf } = this.#request;
    const all = this.#candidates();
    const prompts = Array.from({ length: all.length / bestOf }, (_, at) => all.slice(at * bestOf, (at + 1) * bestOf));
    // Where all are wanted they stay as they are.
    const best = prompts.flatMap((candidates) => (bestOf > n ? bestFirst(candidates).slice(0, n) : candidates));
    return this.#message(
      best.map(([job, choice], index) => this.#part(job, choice, index)),
      this.usage,
    );
  }

  /** What is there and was not sent yet; `undefined` where that is nothing. */
  part(): SentCompletion | undefined {
    this.#hasNews = false;
    const parts = this.#candidates()
      .map(([job, choice], index) => this.#hasPart(choice) && this.#part(job, choice, index))
      .filter((part) => part !== false);
    return parts.length === 0 ? undefined : this.#message(parts, this.#request.includeUsage ? null : undefined);
  }

  /** What a stream ends with, where the client wants it. */
  usagePart(): SentCompletion | undefined {
    return this.#request.includeUsage ? this.#message([], this.usage) : undefined;
  }

  #candidates(): Candidate[] {
    return this.jobs.flatMap((job) => job.choices.map((choice) => [job, choice] as const));
  }

  #hasPart(choice: Choice): boolean {
    const sent = this.#sentOf(choice);
    if (sent.ended) return false;
    return choice.finishReason !== undefined || choice.text.length > sent.text || choice.entries.length > sent.entries;
  }

  #part(job: Job, choice: Choice, index: number): SentChoice {
    const { echo, logprobs } = this.#request;
    const { nameOf, tokenizer } = this.#model;
    const sent = this.#sentOf(choice);
    const { given } = job.prompt;
    const echoed = echo && !sent.begun;
    const promptTexts = echoed ? textsOf(tokenizer, given, choice.tokens === 0) : [];
    const prompt = promptTexts.join('');
    const text = prompt + choice.text.slice(sent.text);
    const entries = [
      ...(echoed && logprobs !== undefined ? promptEntries(job, promptTexts) : []),
      ...choice.entries.slice(sent.entries),
    ];
    const part: SentChoice = {
      text,
      index,
      logprobs: logprobs === undefined ? null : logprobsOf(entries, nameOf, sent.offset),
      finish_reason: choice.finishReason ?? null,
    };
    sent.begun = true;
    sent.text = choice.text.length;
    sent.entries = choice.entries.length;
    sent.offset += characters(text);
    sent.ended = choice.finishReason !== undefined;
    return part;
  }

  #sentOf(choice: Choice): Sent {
    const sent = this.#sent.get(choice) ?? { text: 0, entries: 0, offset: 0, begun: false, ended: false };
    this.#sent.set(choice, sent);
    return sent;
  }

  #message(choices: readonly SentChoice[], usage: Usage | null | undefined): SentCompletion {
    const { name: model } = this.#model;
    const message = { id: this.#id, object: 'text_completion' as const, created: this.#created, model, choices };
    return usage === undefined ? message : { ...message, usage };
  }
}

/** By log-probability a token, as OpenAI has it; what is equal stays in its order. */
function bestFirst(candidates: readonly Candidate[]): Candidate[] {
  return candidates.toSorted(([, one], [, other]) => other.meanLogProbability - one.meanLogProbability);
}
