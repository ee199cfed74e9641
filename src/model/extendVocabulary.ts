import type { Tensor, Variable } from '@tensorflow/tfjs';
import { checkString, InvalidArgumentError } from '../errors.js';
import { CharacterTokenizer } from '../text/CharacterTokenizer.js';
import { tf } from '../tf.js';
import { LanguageModel } from './LanguageModel.js';

/** The weights that have a row or a column for each id, and along which axis. */
const AXES: Readonly<Record<string, number>> = { embedding: 0, projection: 1, projectionBias: 0 };

/**
 * A model that knows more characters: a new one with the weights of the given, which stays as it is, and for each character that
 * this lacks, a row of the embedding and a column of the projection, with the initial values of a new model of that size (seed:
 * `config.seed`). What it gives a text that the other knows differs by the share that new characters get: the ratio of the
 * probabilities of any two known tokens is the same. Pad, EOS and unknown keep their ids; characters stay in the order of code points,
 * so the ids of some become others. The caller disposes of both models.
 *
 *     const lacking = await unknownCharacters(readText('verse.txt'), loaded.tokenizer);
 *     const model = extendVocabulary(loaded, [...lacking.keys()].join(''));
 *
 * @param characters those to add, or a tokenizer that has them; what the model has already may be among them
 * @throws {InvalidArgumentError} when `characters` are none, the model's tokens are no characters (with further pieces, SentencePiece
 *   would split the text that a model knows into others), or there is not enough memory.
 * @throws {BackendError} when TensorFlow fails, such as for lack of memory.
 */
export function extendVocabulary(model: LanguageModel, characters: string | CharacterTokenizer): LanguageModel {
  const more = characters instanceof CharacterTokenizer ? characters.characters : checkString('characters', characters);
  const { cell, config, tokenizer } = model;
  if (!(tokenizer instanceof CharacterTokenizer))
    throw new InvalidArgumentError(
      `Expected a model whose tokens are characters, to extend its vocabulary, got one with a tokenizer of type ${tokenizer.toJSON().type}: with further pieces, it would split the text that the model knows into others`,
    );
  const wider = new CharacterTokenizer(tokenizer.characters + more);
  const extended = new LanguageModel({ ...config, cell, tokenizer: wider });
  const order = orderOf(tokenizer, wider);
  try {
    for (const [name, variable] of Object.entries(extended.weights)) {
      const known = model.weights[name] as Variable;
      const axis = AXES[name];
      tf.tidy(() => variable.assign(axis === undefined ? copyOf(known) : widened(known, variable, axis, order)));
    }
    return extended;
  } catch (error) {
    extended.dispose();
    throw error;
  }
}

/** For each id, the id that it was; new ones count on, so that they share no initial value with an old one. */
function orderOf(known: CharacterTokenizer, wider: CharacterTokenizer): Int32Array {
  let added = known.vocabularySize;
  return Int32Array.from({ length: wider.vocabularySize }, (_, id) => {
    const [was = id] = known.encode(wider.decode([id]));
    // A special id has no text, and stays.
    return id !== known.unknownId && was === known.unknownId ? added++ : was;
  });
}

/** Numbers of its own: a backend may share those of two tensors. */
function copyOf(known: Tensor): Tensor {
  return tf.tensor(known.dataSync<'float32'>().slice(), known.shape);
}

/** What is known, and behind it the initial values of what is not, in the order of the new ids. */
function widened(known: Tensor, initial: Tensor, axis: number, order: Int32Array): Tensor {
  const begin = initial.shape.map((_, at) => (at === axis ? (known.shape[axis] ?? 0) : 0));
  const all = tf.concat([known, tf.slice(initial, begin)], axis);
  return tf.gather(all, tf.tensor1d(order, 'int32'), axis);
}
