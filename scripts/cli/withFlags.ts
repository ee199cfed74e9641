import type { Option } from 'commander';

/**
 * Options of the library that flags have other names for, the first that a command knows, and how it is written where that is
 * more than the flag.
 */
const FLAGS: Readonly<Record<string, readonly (string | readonly [flag: string, written: string])[]>> = {
  cell: ['cell', 'cells'],
  characterCoverage: ['coverage', ['tokenizer', '--coverage of the command tokenizer']],
  clipNorm: ['clip'],
  embeddingSize: ['embedding'],
  every: ['checkpointEvery'],
  fraction: ['holdOut'],
  hiddenSize: ['hidden'],
  noRepeatNgram: ['blockNgram'],
  'over.minutes': ['minutes'],
  path: ['out', 'run'],
  'over.steps': ['epochs'],
  validation: ['valid'],
  vocabularySize: ['vocabulary', ['tokenizer', 'the N of --tokenizer sentencepiece:N']],
};

/** The message of an error, in which flags stand for the options of the library that it names. */
export function withFlags(error: Error & { readonly options?: readonly string[] }, flags: readonly Option[]): string {
  let { message } = error;
  for (const name of error.options ?? []) {
    // `stop[0]` is the first that `--stop` was given.
    const option = name.replace(/\[\d+\]$/, '');
    for (const alias of FLAGS[option] ?? [option]) {
      const [flag, written] = typeof alias === 'string' ? [alias] : alias;
      const found = flags.find((one) => one.attributeName() === flag)?.long;
      if (!found) continue;
      message = message.replace(word(name), () => written ?? found);
      break;
    }
  }
  return message;
}

/** The name as a word of its own, not within a path. */
function word(name: string): RegExp {
  return new RegExp(`(?<![\\w/.-])${name.replace(/[.[\]]/g, '\\$&')}(?![\\w/-])`);
}
