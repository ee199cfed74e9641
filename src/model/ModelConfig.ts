import { checkNumber, checkOneOf, InvalidArgumentError, invalid } from '../errors.js';
import { CELL_NAMES, type CellName, cellOf } from './cells/cells.js';
import { initialWeightName } from './weights.js';

/** So many have room in the header of a saved model's weights. */
const MAX_LAYERS = 1000;

/** What a language model is made of; with its tokenizer and weights it is the model. */
export interface ModelConfig {
  /** `rnn`, `lstm` or `gru`. */
  readonly cell: CellName;
  /** Numbers that stand for a token. Default 64. */
  readonly embeddingSize: number;
  /** Size of a layer's hidden state. Default 256. */
  readonly hiddenSize: number;
  /** Recurrent layers, one upon the other, at most 1,000. Default 1. */
  readonly layers: number;
  /**
   * Share of each layer's outputs that is set to zero in training: between layers and before the projection, never
   * from one time step to the next (Zaremba, Sutskever and Vinyals 2014). Default 0.
   */
  readonly dropout: number;
  /** Whether the projection is the embedding, transposed (Press and Wolf 2017); needs equal sizes. Default false. */
  readonly tieWeights: boolean;
  /** The state before the first token. Default `zero`. */
  readonly initialState: 'zero' | 'learned';
  /** Whether the cell has biases. Default true, for `gru` false. */
  readonly bias: boolean;
  /** GRU only: the reset gate applies after the product, as in cuDNN and PyTorch. Default false. */
  readonly resetAfter: boolean;
  /** Seed of the initial weights and of dropout. Default 1. */
  readonly seed: number;
}

/** What must be said of a model; the rest has defaults. */
export type ModelOptions = Pick<ModelConfig, 'cell'> & {
  readonly [K in keyof ModelConfig]?: ModelConfig[K] | undefined;
};

/**
 * Checks options and fills in defaults.
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function modelConfig(options: ModelOptions): ModelConfig {
  const { cell, embeddingSize = 64, hiddenSize = 256, layers = 1, dropout = 0, tieWeights = false } = options;
  const { initialState = 'zero', bias = cell !== 'gru', resetAfter = false, seed = 1 } = options;
  checkOneOf('cell', cell, CELL_NAMES);
  checkNumber('embeddingSize', embeddingSize, { integer: true, min: 1 });
  checkNumber('hiddenSize', hiddenSize, { integer: true, min: 1 });
  checkNumber('layers', layers, { integer: true, min: 1, max: MAX_LAYERS });
  checkNumber('dropout', dropout, { min: 0, below: 1 });
  checkOneOf('tieWeights', tieWeights, [true, false]);
  checkOneOf('initialState', initialState, ['zero', 'learned']);
  checkOneOf('bias', bias, [true, false]);
  checkOneOf('resetAfter', resetAfter, [true, false]);
  checkNumber('seed', seed, { integer: true });
  if (resetAfter && cell !== 'gru') throw invalid('resetAfter', `false for cell ${cell}`, resetAfter);
  if (tieWeights && embeddingSize !== hiddenSize)
    throw new InvalidArgumentError(
      `Expected embeddingSize and hiddenSize to be equal with tieWeights, got ${embeddingSize} and ${hiddenSize}`,
      { options: ['embeddingSize', 'hiddenSize', 'tieWeights'] },
    );
  return { cell, embeddingSize, hiddenSize, layers, dropout, tieWeights, initialState, bias, resetAfter, seed };
}

/** The name and shape of every weight of a model, in their order in files. */
export function weightShapes(config: ModelConfig, vocabularySize: number): Map<string, number[]> {
  const { embeddingSize, hiddenSize } = config;
  const cell = cellOf(config.cell, config.resetAfter);
  const columns = cell.blocks * hiddenSize;
  const shapes = new Map([['embedding', [vocabularySize, embeddingSize]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    const inputSize = layer === 0 ? embeddingSize : hiddenSize;
    const ofLayer = {
      inputWeights: [inputSize, columns],
      recurrentWeights: [hiddenSize, columns],
      ...(config.bias ? { bias: [columns] } : {}),
      ...cell.extraWeights(config),
      ...(config.initialState === 'learned'
        ? Object.fromEntries(cell.state.map((part) => [initialWeightName(part), [hiddenSize]]))
        : {}),
    };
    for (const [name, shape] of Object.entries(ofLayer)) shapes.set(`layers.${layer}.${name}`, shape);
  }
  if (!config.tieWeights) shapes.set('projection', [hiddenSize, vocabularySize]);
  shapes.set('projectionBias', [vocabularySize]);
  return shapes;
}
