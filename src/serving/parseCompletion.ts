import { DEFAULT_BEAMS } from '../defaults.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import { badField } from './ApiError.js';
import type { Choosing, CompletionRequest, PromptIds } from './CompletionRequest.js';
import { booleanField, checkNumberField, expected, type Fields, fieldsOf, numberField, objectField } from './fields.js';
import type { Limits } from './Limits.js';

/** What OpenAI's clients send, and what is ours. */
const KNOWN = new Set([
  ...['model', 'prompt', 'max_tokens', 'temperature', 'top_p', 'n', 'best_of', 'stop', 'seed', 'echo', 'logprobs'],
  ...['logit_bias', 'frequency_penalty', 'presence_penalty', 'stream', 'stream_options', 'user', 'suffix'],
  ...['decoder', 'beams', 'length_penalty', 'min_p', 'top_k'],
]);

/** What only a beam search has, and only other decoders have. */
const OF_BEAM_SEARCH = ['beams', 'length_penalty'];

/** The most stop strings, as OpenAI has it. */
const MOST_STOPS = 4;

/** The longest stop string, in UTF-16 units: each sentence that is under way looks for it with memory of its own. */
const LONGEST_STOP = 1000;

/** The most alternatives to a token, as OpenAI has it. */
const MOST_LOGPROBS = 5;

/**
 * What the body of a request to `/v1/completions` asks for.
 * @throws {ApiError} 400 that names the field, `param`, whose value cannot be used.
 */
export function parseCompletion(body: object, model: string, tokenizer: Tokenizer, limits: Limits): CompletionRequest {
  const fields = fieldsOf(body);
  for (const name of fields.keys())
    if (!KNOWN.has(name)) throw badField(name, `Expected no field ${name}: completions here have none of that name`);
  if ((fields.get('suffix') ?? '') !== '')
    throw badField('suffix', 'Expected no suffix: a recurrent model reads from left to right');
  const user = fields.get('user') ?? '';
  if (typeof user !== 'string') throw expected('user', 'a string', user);
  const stream = booleanField(fields, 'stream');
  const prompts = promptsOf(fields.get('prompt') ?? '', tokenizer, limits);
  const n = numberField(fields, 'n', { integer: true, min: 1, max: limits.choices }, 1);
  const bestOf = numberField(fields, 'best_of', { integer: true, min: n, max: limits.choices }, n);
  if (bestOf > n && stream)
    throw badField('best_of', 'Expected best_of to be n with stream: which are best is known at the end');
  const choosing = choosingOf(fields, limits);
  if (choosing.decoder === 'beam' && bestOf > n)
    throw badField('best_of', 'Expected best_of to be n with decoder beam, which finds the best n itself');
  if (choosing.decoder === 'beam' && choosing.beams < n)
    throw badField('n', `Expected n to be at most beams, ${choosing.beams}, got ${n}`);
  // vLLM's clients say so that there is no limit.
  const topK = numberField(fields, 'top_k', { integer: true, min: -1 }, 0);
  // 0 keeps the most probable token alone, as the smallest share does.
  const topP = numberField(fields, 'top_p', { min: 0, max: 1 }, 1) || Number.MIN_VALUE;
  const minP = numberField(fields, 'min_p', { min: 0, max: 1 }, 0);
  const asked: CompletionRequest = {
    model,
    prompts,
    n,
    bestOf,
    choosing,
    stream,
    maxTokens: numberField(fields, 'max_tokens', { integer: true, min: 0, max: limits.maxTokens }, 16),
    topP: topP === 1 ? undefined : topP,
    topK: topK > 0 ? topK : undefined,
    minP: minP === 0 ? undefined : minP,
    logitBias: logitBiasOf(fields, tokenizer),
    frequencyPenalty: numberField(fields, 'frequency_penalty', { min: -2, max: 2 }, 0),
    presencePenalty: numberField(fields, 'presence_penalty', { min: -2, max: 2 }, 0),
    stop: stopOf(fields.get('stop') ?? []),
    echo: booleanField(fields, 'echo'),
    logprobs: numberField(fields, 'logprobs', { integer: true, min: 0, max: MOST_LOGPROBS }, undefined),
    includeUsage: includeUsageOf(fields, stream),
  };
  checkLogprobs(asked, limits);
  return asked;
}

/** A search for several sentences keeps what was said of each beam. */
function checkLogprobs(
  { prompts, maxTokens, choosing, n, bestOf, echo, logprobs }: CompletionRequest,
  { logprobTokens }: Limits,
): void {
  if (logprobs === undefined) return;
  const sentences = choosing.decoder === 'beam' && n > 1 ? choosing.beams : bestOf;
  const tokens = prompts.reduce((sum, { given }) => sum + sentences * (maxTokens + (echo ? given.length : 0)), 0);
  if (tokens > logprobTokens)
    throw badField(
      'logprobs',
      `Expected log-probabilities, with logprobs, of at most ${logprobTokens} tokens in a request, got ${tokens}`,
    );
}

function choosingOf(fields: Fields, limits: Limits): Choosing {
  const decoder = fields.get('decoder') ?? 'sample';
  if (decoder !== 'sample' && decoder !== 'beam') throw expected('decoder', "'sample' or 'beam'", decoder);
  const temperature = numberField(fields, 'temperature', { min: 0, max: 2 }, 1);
  const seed = numberField(fields, 'seed', { integer: true }, undefined);
  const beams = numberField(fields, 'beams', { integer: true, min: 1, max: limits.beams }, undefined);
  const lengthPenalty = numberField(fields, 'length_penalty', { min: 0, max: 10 }, 0);
  if (decoder === 'beam') {
    if (temperature === 0)
      throw badField('temperature', 'Expected a temperature above 0 with decoder beam: 0 takes one token, always');
    return { decoder, temperature, beams: beams ?? Math.min(DEFAULT_BEAMS, limits.beams), lengthPenalty };
  }
  const unused = OF_BEAM_SEARCH.find((name) => fields.has(name) && fields.get(name) !== 0);
  if (unused) throw badField(unused, `Expected ${unused} with decoder beam only`);
  return temperature === 0 ? { decoder: 'greedy' } : { decoder, temperature, seed: seed ?? randomSeed() };
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] as number;
}

/** A string, strings, ids, or arrays of ids. */
function promptsOf(prompt: unknown, tokenizer: Tokenizer, limits: Limits): PromptIds[] {
  if (typeof prompt === 'string') return [promptOfText(prompt, tokenizer, limits)];
  if (!Array.isArray(prompt) || prompt.length === 0)
    throw expected('prompt', 'a string, strings, ids, or arrays of ids, not empty', prompt);
  if (typeof prompt[0] === 'number') return [promptOfIds(prompt, tokenizer, limits)];
  if (prompt.length > limits.prompts)
    throw badField('prompt', `Expected at most ${limits.prompts} prompts, got ${prompt.length}`);
  const isText = typeof prompt[0] === 'string';
  return prompt.map((one: unknown) => {
    if (isText && typeof one === 'string') return promptOfText(one, tokenizer, limits);
    if (!isText && Array.isArray(one)) return promptOfIds(one, tokenizer, limits);
    throw expected('prompt', 'strings, or arrays of ids, all of one kind', one);
  });
}

function promptOfText(text: string, tokenizer: Tokenizer, limits: Limits): PromptIds {
  const ids = [...tokenizer.encode(text)];
  checkLength(ids.length, limits);
  return { given: ids, read: ids };
}

function promptOfIds(ids: readonly unknown[], { vocabularySize, eosId }: Tokenizer, limits: Limits): PromptIds {
  checkLength(ids.length, limits);
  const given = ids.map((id) => checkNumberField('prompt', id, { integer: true, min: 0, max: vocabularySize - 1 }));
  return { given, read: given[0] === eosId ? given.slice(1) : given };
}

function checkLength(tokens: number, { promptTokens }: Limits): void {
  if (tokens > promptTokens)
    throw badField('prompt', `Expected at most ${promptTokens} tokens in a prompt, got ${tokens}`);
}

function logitBiasOf(fields: Fields, { vocabularySize }: Tokenizer): ReadonlyMap<number, number> {
  const given = objectField(fields, 'logit_bias') ?? new Map<string, unknown>();
  return new Map(
    Array.from(given, ([id, bias]) => {
      if (!/^\d+$/.test(id) || Number(id) >= vocabularySize)
        throw badField('logit_bias', `Expected ids from 0 to ${vocabularySize - 1} in logit_bias, got another name`);
      return [Number(id), checkNumberField('logit_bias', bias, { min: -100, max: 100 })];
    }),
  );
}

function stopOf(stop: unknown): readonly string[] {
  const strings: readonly unknown[] = Array.isArray(stop) ? stop : [stop];
  if (strings.length > MOST_STOPS)
    throw badField('stop', `Expected at most ${MOST_STOPS} strings in stop, got ${strings.length}`);
  return strings.map((one) => {
    if (typeof one !== 'string' || one === '')
      throw expected('stop', 'a string or an array of strings, none of them empty', one);
    if (one.length > LONGEST_STOP)
      throw badField('stop', `Expected strings of at most ${LONGEST_STOP} characters in stop, got ${one.length}`);
    // One half of a character would leave the other in the text.
    if (!one.isWellFormed()) throw badField('stop', 'Expected whole characters in stop, got one half of a pair');
    return one;
  });
}

function includeUsageOf(fields: Fields, stream: boolean): boolean {
  const options = objectField(fields, 'stream_options');
  if (options === undefined) return false;
  if (!stream) throw badField('stream_options', 'Expected stream_options with stream only');
  for (const [name, value] of options)
    if (name !== 'include_usage' && value !== false)
      throw badField(`stream_options.${name}`, `Expected no stream_options.${name}`);
  return booleanField(options, 'include_usage');
}
