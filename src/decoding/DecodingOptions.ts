import { DEFAULT_MAX_LENGTH } from '../defaults.js';
import {
  checkFunction,
  checkNumber,
  checkOneOf,
  checkSignal,
  checkString,
  describe,
  InvalidArgumentError,
  invalid,
} from '../errors.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import type { LogProbabilityProcessor } from './LogProbabilityProcessor.js';
import type { NamedProcessor } from './NamedProcessor.js';
import { textAfter } from './textAfter.js';

/** Options that every decoder has. */
export interface DecodingOptions {
  /** The text that the sentence begins with, or its ids. It is read, not yielded. Default `''`. */
  prompt?: string | readonly number[] | undefined;
  /** The most tokens to yield; the prompt does not count. Default 1000. */
  maxLength?: number | undefined;
  /** EOS may not come before so many tokens, the prompt not counted. Default 0. */
  minLength?: number | undefined;
  /** Ids that are never generated. Default none. */
  bannedIds?: readonly number[] | undefined;
  /** Text that what is generated must begin with: unlike the prompt, it is yielded, and its probability counts. */
  forcedPrefix?: string | undefined;
  /** A sentence is complete as soon as what is generated holds one of these strings; that token is the last. Default none. */
  stop?: string | readonly string[] | undefined;
  /**
   * Whether the stop string, and what is behind it in the last token, is left out of the text. Tokens whose text may begin one are
   * then kept back until that is certain. Default `false`.
   */
  omitStop?: boolean | undefined;
  /**
   * Change the log-probabilities before each choice, in this order; pad, unknown and what the other options exclude are
   * excluded already, and the decoder's own processors come after. Default none.
   */
  processors?: readonly LogProbabilityProcessor[] | undefined;
  /** Stops the work and frees every tensor, also while nobody asks for a token; asking then throws its reason. */
  signal?: AbortSignal | undefined;
}

/** `DecodingOptions` with their defaults, texts as ids. */
export interface CheckedDecodingOptions {
  readonly promptIds: readonly number[];
  readonly maxLength: number;
  readonly minLength: number;
  readonly bannedIds: readonly number[];
  readonly forcedIds: readonly number[];
  readonly stop: readonly string[];
  readonly omitStop: boolean;
  readonly processors: readonly NamedProcessor[];
  readonly signal: AbortSignal | undefined;
}

/**
 * Checks options and fills in defaults.
 * @throws {InvalidArgumentError} on an option that cannot be used, alone or with the others.
 */
export function checkDecodingOptions(options: DecodingOptions, tokenizer: Tokenizer): CheckedDecodingOptions {
  const {
    prompt = '',
    maxLength = DEFAULT_MAX_LENGTH,
    minLength = 0,
    bannedIds = [],
    forcedPrefix = '',
    processors = [],
  } = options;
  const { stop = [], omitStop = false, signal } = options;
  const promptIds = promptIdsOf(prompt, tokenizer);
  checkNumber('maxLength', maxLength, { integer: true, min: 1 });
  checkNumber('minLength', minLength, { integer: true, min: 0, max: maxLength });
  if (!Array.isArray(bannedIds)) throw invalid('bannedIds', 'an array of ids', bannedIds);
  for (const id of bannedIds)
    checkNumber('a banned id', id, { integer: true, min: 0, below: tokenizer.vocabularySize });
  checkString('forcedPrefix', forcedPrefix);
  const stops = typeof stop === 'string' ? [stop] : stop;
  const stopRule = 'a string or an array of strings, none of them empty';
  if (!Array.isArray(stops)) throw invalid('stop', stopRule, stop);
  // By index, which finds holes too.
  for (let index = 0; index < stops.length; index++) {
    const text: unknown = stops[index];
    if (typeof text === 'string' && text !== '') continue;
    throw stops === stop
      ? invalid(`stop[${index}]`, 'a string that is not empty', text)
      : invalid('stop', stopRule, stop);
  }
  checkOneOf('omitStop', omitStop, [true, false]);
  if (!Array.isArray(processors)) throw invalid('processors', 'an array of functions', processors);
  const named = Array.from(processors, (process, index) => {
    const name = `processors[${index}]`;
    return { name, process: checkFunction(name, process) };
  });
  checkSignal(signal);
  // Lists of our own: decoding begins later, and each time anew.
  const lists = { promptIds, bannedIds: [...bannedIds], stop: [...stops] };
  const checked = { ...lists, maxLength, minLength, omitStop };
  return { ...checked, forcedIds: forcedIdsOf(forcedPrefix, tokenizer, checked), processors: named, signal };
}

function promptIdsOf(prompt: string | readonly number[], tokenizer: Tokenizer): readonly number[] {
  if (typeof prompt === 'string') return [...tokenizer.encode(prompt)];
  if (!Array.isArray(prompt)) throw invalid('prompt', 'a string or an array of ids', prompt);
  return Array.from<number, number>(prompt, (id) =>
    checkNumber('an id of prompt', id, { integer: true, min: 0, below: tokenizer.vocabularySize }),
  );
}

function forcedIdsOf(
  forcedPrefix: string,
  tokenizer: Tokenizer,
  { promptIds, maxLength, bannedIds }: Pick<CheckedDecodingOptions, 'promptIds' | 'maxLength' | 'bannedIds'>,
): readonly number[] {
  const ids = [...tokenizer.encode(forcedPrefix)];
  const written = textAfter(tokenizer, promptIds, ids);
  if (written !== forcedPrefix)
    throw new InvalidArgumentError(
      `Expected forcedPrefix to be text that the vocabulary can write, got ${describe(forcedPrefix)}, which becomes ${describe(written)}`,
    );
  if (ids.length > maxLength)
    throw invalid('the tokens of forcedPrefix', `at most maxLength, ${maxLength}`, ids.length);
  const banned = ids.find((id) => bannedIds.includes(id));
  if (banned !== undefined) throw invalid('forcedPrefix', 'text without banned ids', banned);
  return ids;
}
