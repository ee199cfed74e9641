import { checkNumber, checkOneOf, invalid } from '../errors.js';

/** Shares of numbers that are set to zero in training, by their place; the others are scaled up, so that the expectation stays. */
export interface Dropout {
  /** Of embedded tokens, before the first layer. Default 0. */
  readonly input: number;
  /** Of each layer's outputs, between layers and before the projection (Zaremba, Sutskever and Vinyals 2014). Default 0. */
  readonly output: number;
  /**
   * Of the state where it meets a matrix, the same at all time steps of a sequence (Gal and Ghahramani, “A theoretically grounded
   * application of dropout in recurrent neural networks”, 2016); what is carried on number by number stays. Default 0.
   */
  readonly state: number;
  /** Of the tokens of the vocabulary, whose embedding is zero for a whole batch (Gal and Ghahramani 2016). Default 0. */
  readonly embedding: number;
  /**
   * Of the weights that meet the state, once a batch (DropConnect, as Merity, Keskar and Socher use it in “Regularizing and optimizing
   * LSTM language models”, 2017). Default 0.
   */
  readonly recurrentWeights: number;
  /**
   * Whether inputs and outputs are masked alike at all time steps of a sequence, as Gal and Ghahramani (2016) do, instead of anew at each. A row
   * of text that goes on has masks for each window. Default false.
   */
  readonly perSequence: boolean;
  /**
   * Over how many epochs all shares rise to what they are: in epoch e, from 0, they are (e + 1)/(n + 1) of that, until e = n. What is read for the first
   * time is not known by heart yet; as a text is read again, more is dropped (Morerio et al., “Curriculum dropout”, 2017, let it
   * rise, too). Default 0: they are what they are from the beginning.
   */
  readonly risingEpochs: number;
}

const NONE: Dropout = {
  input: 0,
  output: 0,
  state: 0,
  embedding: 0,
  recurrentWeights: 0,
  perSequence: false,
  risingEpochs: 0,
};

/**
 * What a model's `dropout` says of each place: a number is that of the outputs.
 * @throws {InvalidArgumentError} when it cannot be used.
 */
export function dropoutPlaces(dropout: number | Partial<Dropout>): Dropout {
  return withDefaults(checkedDropout(dropout));
}

function withDefaults(dropout: number | Partial<Dropout>): Dropout {
  return { ...NONE, ...(typeof dropout === 'number' ? { output: dropout } : dropout) };
}

/**
 * Checks a model's `dropout`, and fills in defaults; what is a number where that says it all becomes one.
 * @throws {InvalidArgumentError} when it cannot be used.
 */
export function checkedDropout(dropout: number | Partial<Dropout> = 0): number | Dropout {
  if (typeof dropout === 'number') return checkNumber('dropout', dropout, { min: 0, below: 1 });
  if (typeof dropout !== 'object' || dropout === null || Array.isArray(dropout))
    throw invalid('dropout', `a number, or an object of ${Object.keys(NONE).join(', ')}`, dropout);
  for (const name of Object.keys(dropout)) checkOneOf('every name in dropout', name, Object.keys(NONE));
  const given = Object.fromEntries(Object.entries(dropout).filter(([, value]) => value !== undefined));
  const { perSequence, ...numbers } = withDefaults(given);
  for (const [name, number] of Object.entries(numbers))
    checkNumber(`dropout.${name}`, number, { min: 0, below: name === 'risingEpochs' ? Infinity : 1 });
  checkOneOf('dropout.perSequence', perSequence, [true, false]);
  const { output, ...others } = numbers;
  const isNumber = !Object.values(others).some((number) => number > 0) && !(perSequence && output > 0);
  return isNumber ? output : { ...numbers, perSequence };
}
