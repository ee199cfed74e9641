import {
  CharacterTokenizer,
  InvalidArgumentError,
  type LanguageModel,
  type TextOptions,
  type Tokenizer,
  unknownCharacters,
} from '../../src/index.js';
import type { Streams } from './Command.js';
import type { TrainFlags } from './TrainFlags.js';

/** So many of the characters that a model lacks are shown. */
const EXAMPLES = 8;

/**
 * The tokenizer of a model that goes on with another text, for `prepareText`: tells on standard error which characters of that it
 * lacks, and has them, too, where flags ask for it.
 * @throws {InvalidArgumentError} when flags ask for it and its tokens are no characters.
 */
export function knownTokenizer(
  { tokenizer }: LanguageModel,
  { initFrom, extendVocabulary }: Pick<TrainFlags, 'initFrom' | 'extendVocabulary'>,
  stderr: Streams['stderr'],
): TextOptions['tokenizer'] {
  const extensible = tokenizer instanceof CharacterTokenizer ? tokenizer : undefined;
  if (extendVocabulary && !extensible)
    throw new InvalidArgumentError(
      `Expected a model of characters beside --extend-vocabulary, got ${initFrom}, one of pieces: with further ones, it would split the text that it knows into others`,
    );
  return async (sentences): Promise<Tokenizer> => {
    const lacking = await unknownCharacters(sentences, tokenizer);
    if (lacking.size === 0) return tokenizer;
    const then = extendVocabulary
      ? 'they get ids'
      : `they are unknown${extensible ? ', unless --extend-vocabulary is given' : ''}`;
    stderr.write(`the model in ${initFrom} lacks ${shown(lacking)}: ${then}\n`);
    if (!extendVocabulary || !extensible) return tokenizer;
    return new CharacterTokenizer(extensible.characters + [...lacking.keys()].join(''));
  };
}

/** `2 characters of the text, which occur 15 times ("ß" 12, "ſ" 3)`. */
function shown(lacking: ReadonlyMap<string, number>): string {
  const times = [...lacking.values()].reduce((sum, count) => sum + count, 0);
  const examples = [...lacking]
    .slice(0, EXAMPLES)
    .map(([character, count]) => `${JSON.stringify(character)} ${grouped(count)}`);
  const more = lacking.size > EXAMPLES ? ', …' : '';
  return `${grouped(lacking.size)} characters of the text, which occur ${grouped(times)} times (${examples.join(', ')}${more})`;
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}
