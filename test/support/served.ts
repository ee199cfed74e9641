import type { TokenPredictor } from '../../src/decoding/TokenPredictor.js';
import { type CompletionsHandlerOptions, completionsHandler } from '../../src/serving.js';
import { CharacterTokenizer } from '../../src/text/CharacterTokenizer.js';
import { markovChain, TablePredictor } from './tablePredictor.js';

/** The vocabulary of `letters`. */
export const tokenizer = new CharacterTokenizer('abc');

/** Letters in circles, which may end behind c; behind a, the most probable is bc and then the end. */
export const letters = markovChain(tokenizer, {
  EOS: { a: 0.5, b: 0.3, c: 0.2 },
  unknown: { a: 0.5, b: 0.3, c: 0.2 },
  pad: { a: 0.5, b: 0.3, c: 0.2 },
  a: { a: 0.2, b: 0.6, c: 0.2 },
  b: { a: 0.2, b: 0.1, c: 0.7 },
  c: { a: 0.3, b: 0.1, c: 0.1, EOS: 0.5 },
});

/** All that answers may hold; which of it is there, a test says. */
export interface Body {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly text: string;
    readonly index: number;
    readonly finish_reason: string | null;
    readonly logprobs: {
      readonly tokens: readonly string[];
      readonly token_logprobs: readonly (number | null)[];
      readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
      readonly text_offset: readonly number[];
    } | null;
  }[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number };
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** A server in this process, with one model, called `m`. */
export function serverOf(
  predictor: TokenPredictor<unknown> = new TablePredictor(tokenizer, letters),
  options: CompletionsHandlerOptions = {},
) {
  const handler = completionsHandler({ m: predictor }, options);
  const request = (path: string, init: RequestInit = {}): Promise<Response> =>
    handler(new Request(`http://localhost${path}`, init));
  const post = (path: string, body: unknown, init: RequestInit = {}): Promise<Response> =>
    request(path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
      headers: { 'content-type': 'application/json', ...init.headers },
    });
  return {
    handler,
    request,
    post,
    get: async (path: string, init?: RequestInit) => answerOf(await request(path, init)),
    /** A completion of the model, whole. */
    complete: async (fields: object, init?: RequestInit) =>
      answerOf(await post('/v1/completions', { model: 'm', ...fields }, init)),
    /** The events of a completion, as it comes. */
    stream: async (fields: object) => eventsOf(await post('/v1/completions', { model: 'm', stream: true, ...fields })),
  };
}

/** Reads an answer to its end. */
export async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
}

/** The data of each event of a stream. */
export async function eventsOf(response: Response): Promise<string[]> {
  return dataOf(await response.text());
}

/** The data of the events in a text. */
export function dataOf(text: string): string[] {
  return text
    .split('\n\n')
    .filter(Boolean)
    .map((event) => event.replace(/^data: /, ''));
}

/** The parts of a stream that ended as it should. */
export function partsOf(events: readonly string[]): Body[] {
  if (events.at(-1) !== '[DONE]') throw new Error(`Expected [DONE] at the end, got ${events.at(-1)}`);
  return events.slice(0, -1).map((event) => JSON.parse(event) as Body);
}

/** The text of each choice of a stream. */
export function textsOf(parts: readonly Body[]): string[] {
  const texts: string[] = [];
  for (const { choices } of parts) for (const { index, text } of choices) texts[index] = (texts[index] ?? '') + text;
  return texts;
}
