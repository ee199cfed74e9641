import { Option } from 'commander';
import {
  CHARACTERS_A_PIECE,
  DEFAULT_HOLD_OUT,
  DEFAULT_MAX_LENGTH,
  DEFAULT_MAX_TOKENS,
  MOST_CONTINUOUS_PIECES,
  MOST_PIECES,
} from '../../src/defaults.js';
import { BACKEND_NAMES, CELL_NAMES, OPTIMIZER_NAMES } from '../../src/names.js';
import { bundledCorpus } from './bundledCorpus.js';
import { count, part, positive } from './numbers.js';
import { CONTINUOUS_RECIPE } from './recipe.js';
import type { TrainFlags } from './TrainFlags.js';

/** What is read of a flag: a number, a list. */
type Parser = (text: string) => unknown;

/** A flag: `option('--layers <n>', 'recurrent layers', count, 1)`. A default of `undefined` is none. */
export function option(flags: string, does: string, parse?: Parser, byDefault?: unknown): Option {
  const made = new Option(flags, does);
  if (parse) made.argParser(parse);
  return byDefault === undefined ? made : made.default(byDefault);
}

/** A flag that is there or not. */
export function toggle(flags: string, does: string): Option {
  return new Option(flags, does).default(false);
}

/** A flag whose value is one of some words. */
export function choice(flags: string, does: string, choices: readonly string[], byDefault?: string): Option {
  const made = new Option(flags, does).choices(choices);
  return byDefault === undefined ? made : made.default(byDefault);
}

/** The minutes of a training where nothing is said. */
export const DEFAULT_MINUTES = 3;

/** The names of the cells that come with the library, in a sentence. */
export const CELLS = `${CELL_NAMES.join(', ')} (each also as residualGru, which adds what it reads, or gruBlock, a layer of a deep stack)`;

/** `--backend`, with the names of the backends. */
export function backendOption(does = 'default: the first that works'): Option {
  return choice('--backend <name>', does, BACKEND_NAMES);
}

/** `--backend` of commands that only read a model. */
export function readerOption(does: string): Option {
  return choice('--backend <name>', does, ['inference', ...BACKEND_NAMES]);
}

/** The run that a model is taken from. */
export function runOption(): Option {
  return option('--run <dir>', 'run directory that the command train made').makeOptionMandatory();
}

/** What to learn from. */
export function corpusOption(): Option {
  return option(
    '--corpus <file...>',
    "text to learn from, UTF-8: files, packed (.gz, .zst) or of records (.jsonl, .csv, .tsv, .parquet), patterns such as 'data/*.txt', http(s) URLs, - for standard input",
  ).default([bundledCorpus()]);
}

/** How texts are read and cut into sentences. */
export function sentenceOptions(): Option[] {
  return [
    option(
      '--field <name>',
      'of records (.jsonl, .csv, .tsv, .parquet): what holds the text; standard input and pipes then hold JSON lines',
    ),
    option(
      '--format <suffix>',
      'how all texts are read, whatever their names end in: .jsonl, .csv, .tsv, .parquet, .txt; of URLs without a suffix, say',
    ),
    choice(
      '--on-bad <what>',
      'what becomes of a record without text, and of the rest of a damaged file',
      ['error', 'skip'],
      'error',
    ),
    toggle('--sentence-per-line', 'each line of the texts is a sentence, as it stands'),
    option(
      '--locale <tag>',
      'language of the texts, whose abbreviations end no sentence: en, de, fr, es, hi; others have no list',
    ).default('en'),
    choice(
      '--line-breaks <what>',
      'what one line break is: white space, or the end of a paragraph',
      ['space', 'paragraph'],
      'space',
    ),
    toggle('--drop-duplicates', 'take each distinct sentence once'),
  ];
}

/** What to learn from and to validate on, and how batches are made of it. */
export function textOptions(
  { maxTokens, tokenizer }: Pick<TrainFlags, 'maxTokens' | 'tokenizer'> = {
    maxTokens: DEFAULT_MAX_TOKENS,
    tokenizer: 'characters',
  },
): Option[] {
  return [
    corpusOption(),
    ...sentenceOptions(),
    option('--valid <file>', 'text to measure the loss on').conflicts('holdOut'),
    option(
      '--hold-out <share>',
      `without --valid: the share of sentences to hold out for that, one at least; of text that goes on, of the end of each document (default: ${DEFAULT_HOLD_OUT})`,
      part,
    ),
    option(
      '--tokenizer <name>',
      `characters, sentencepiece:N (N pieces, learned from the corpus), auto (a piece for every ${CHARACTERS_A_PIECE} characters, at most ${MOST_PIECES}, with --continuous ${MOST_CONTINUOUS_PIECES}, or characters of a text that is short or has many different ones) or a .model file; --tokenizer characters has defaults of its own for the embedding, batches, dropout and rates: docs/tuning.md`,
    ).default(tokenizer),
    option('--max-tokens <n>', 'tokens in a batch, padding counted', count, maxTokens),
    option('--max-length <n>', 'longer sentences are split, in tokens', count, DEFAULT_MAX_LENGTH),
  ];
}

/** Whether text goes on, and how batches are made of it then. */
export function continuousOptions(): Option[] {
  const { rows, window, hidden, dropout, dropoutState, learningRate } = CONTINUOUS_RECIPE;
  return [
    toggle(
      '--continuous',
      `the text goes on as it stands, white space and line ends kept, the state carried from batch to batch: for verse, code, dialogue, books; then the defaults are --hidden ${hidden}, --dropout ${dropout}, --dropout-state ${dropoutState} and --learning-rate ${learningRate}`,
    ),
    option('--rows <n>', `of --continuous: places of the text that are read at once (default: ${rows})`, count),
    option('--window <n>', `of --continuous: tokens of each in a batch (default: ${window})`, count),
  ];
}

/** How long a training lasts. */
export function durationOptions(what: string): Option[] {
  return [
    option('--epochs <n>', `${what} after so many epochs`, count).conflicts('minutes'),
    option('--minutes <n>', `${what} after so many minutes of training (default: ${DEFAULT_MINUTES})`, positive),
  ];
}

/** Defaults of `compare` and `cluster`, which have no recipe. */
const WITHOUT_RECIPE = { embedding: 64, optimizer: 'adam', learningRate: 5e-3, clip: 5 };

/** What trainings of one model and of several have in common: sizes, and how gradients change the weights. */
export function trainingOptions({ embedding, optimizer, learningRate, clip } = WITHOUT_RECIPE): Option[] {
  return [
    option('--embedding <n>', 'numbers that stand for a token', count, embedding),
    option('--layers <n>', 'recurrent layers, at most 1,000', count, 1),
    choice('--optimizer <name>', 'how gradients change the weights', OPTIMIZER_NAMES, optimizer),
    option(
      '--learning-rate <x>',
      'highest rate; it rises at first and then falls along a cosine',
      positive,
      learningRate,
    ),
    option('--clip <x>', 'largest norm of the gradients', positive, clip),
    option('--workers <n>', 'threads that train (default: one a core, each with 800 tokens of a batch or more)', count),
    backendOption(),
  ];
}
