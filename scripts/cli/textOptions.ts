import { Option } from 'commander';
import { bundledCorpus } from './bundledCorpus.js';
import { count, part } from './command.js';

/** What to learn from. */
export function corpusOption(): Option {
  return new Option(
    '--corpus <file...>',
    "text to learn from, UTF-8: files, packed (.gz, .zst) or of records (.jsonl, .csv, .tsv, .parquet), patterns such as 'data/*.txt', http(s) URLs, - for standard input",
  ).default([bundledCorpus()]);
}

/** How texts are read and cut into sentences. */
export function sentenceOptions(): Option[] {
  return [
    new Option(
      '--field <name>',
      'of records (.jsonl, .csv, .tsv, .parquet): what holds the text; standard input and pipes then hold JSON lines',
    ),
    new Option('--on-bad <what>', 'what becomes of a record without text, and of the rest of a damaged file')
      .choices(['error', 'skip'])
      .default('error'),
    new Option('--sentence-per-line', 'each line of the texts is a sentence, as it stands').default(false),
    new Option(
      '--locale <tag>',
      'language of the texts, whose abbreviations end no sentence: en, de, fr, es, hi; others have no list',
    ).default('en'),
    new Option('--line-breaks <what>', 'what one line break is: white space, or the end of a paragraph')
      .choices(['space', 'paragraph'])
      .default('space'),
    new Option('--drop-duplicates', 'take each distinct sentence once').default(false),
  ];
}

/** What to learn from and to validate on, and how batches are made of it. */
export function textOptions(): Option[] {
  return [
    corpusOption(),
    ...sentenceOptions(),
    new Option('--valid <file>', 'text to measure the loss on').conflicts('holdOut'),
    new Option(
      '--hold-out <share>',
      'without --valid: the share of sentences to hold out for that, one at least (default: 0.05)',
    ).argParser(part),
    new Option(
      '--tokenizer <name>',
      'characters, sentencepiece:N (N pieces, learned from the corpus) or a .model file',
    ).default('characters'),
    new Option('--max-tokens <n>', 'tokens in a batch, padding counted').argParser(count).default(6400),
    new Option('--max-length <n>', 'longer sentences are split, in tokens').argParser(count).default(1000),
  ];
}
