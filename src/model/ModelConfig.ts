import { type Cell, type CellSizes, type GivenSizes, initialWeightName } from '../cells/cell.js';
import { type CellName, cellOf } from '../cells/cells.js';
import { beginsWith } from '../cells/hasForgetBias.js';
import { planOf } from '../cells/planOf.js';
import type { Zoneout } from '../cells/zoneout.js';
import { checkNumber, checkOneOf, InvalidArgumentError, invalid } from '../errors.js';
import { recurrentWeights } from '../graph/maskedState.js';
import { checkedDropout, type Dropout, dropoutPlaces } from './Dropout.js';

/** So many have room in the header of a saved model's weights. */
const MAX_LAYERS = 1000;

/** What a language model is made of; with its tokenizer and weights it is the model. */
export interface ModelConfig {
  /** The name of the cell: one of `CELL_NAMES`, or that of your own. */
  readonly cell: string;
  /** Numbers that stand for a token. Default 64. */
  readonly embeddingSize: number;
  /** Size of a layer's hidden state. Default 256. */
  readonly hiddenSize: number;
  /** Recurrent layers, one upon the other, at most 1,000. Default 1. */
  readonly layers: number;
  /**
   * Share of each layer's outputs that is set to zero in training: between layers and before the projection, never
   * from one time step to the next (Zaremba, Sutskever and Vinyals 2014); or the shares of several places. Default 0.
   */
  readonly dropout: number | Dropout;
  /**
   * Zoneout: the share of the state's numbers that stay as they were at a time step, drawn anew at each in training (Krueger et al., “Zoneout:
   * regularizing RNNs by randomly preserving hidden activations”, 2016). Outside of training, each becomes what is expected of it: so much of what
   * it was, and the rest new; a model is another one without. Of all parts of the state, or of some by their names, such as
   * `{ hidden: 0.05, memory: 0.5 }`; from 0 on, less than 1. Where it is there, it is not 0. Default 0.
   */
  readonly zoneout?: Zoneout | undefined;
  /** Whether the projection is the embedding, transposed (Press and Wolf 2017); needs equal sizes. Default false. */
  readonly tieWeights: boolean;
  /** The state before the first token. Default `zero`. */
  readonly initialState: 'zero' | 'learned';
  /** Whether the cell has biases. Default: as the cell has it, which is true but for `gru` and `gruResetAfter`. */
  readonly bias: boolean;
  /**
   * What the bias of the forget gate begins with, in cells that have one (`hasForgetBias`) and biases. Default 0; with 1, as
   * Jozefowicz, Zaremba and Sutskever (2015) recommend, a cell remembers before it has learned what to forget.
   */
  readonly forgetBias: number;
  /** Seed of the initial weights and of dropout. Default 1. */
  readonly seed: number;
}

/** What must be said of a model, a cell by its name or as it is; the rest has defaults. */
export type ModelOptions = { readonly cell: CellName | Cell } & {
  readonly [K in Exclude<keyof ModelConfig, 'cell' | 'dropout'>]?: ModelConfig[K] | undefined;
} & { readonly dropout?: number | Partial<Dropout> | undefined };

/**
 * Checks options and fills in defaults.
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function modelConfig(options: ModelOptions): ModelConfig {
  const { embeddingSize = 64, hiddenSize = 256, layers = 1, tieWeights = false } = options;
  const cell = cellOf(options.cell);
  const { initialState = 'zero', bias = cell.bias, forgetBias = 0, seed = 1, zoneout } = options;
  checkNumber('embeddingSize', embeddingSize, { integer: true, min: 1 });
  checkNumber('hiddenSize', hiddenSize, { integer: true, min: 1 });
  checkNumber('layers', layers, { integer: true, min: 1, max: MAX_LAYERS });
  const dropout = checkedDropout(options.dropout);
  checkOneOf('tieWeights', tieWeights, [true, false]);
  checkOneOf('initialState', initialState, ['zero', 'learned']);
  checkOneOf('bias', bias, [true, false]);
  checkNumber('forgetBias', forgetBias);
  checkNumber('seed', seed, { integer: true });
  if (tieWeights && embeddingSize !== hiddenSize)
    throw new InvalidArgumentError(
      `Expected embeddingSize and hiddenSize to be equal with tieWeights, got ${embeddingSize} and ${hiddenSize}`,
      { options: ['embeddingSize', 'hiddenSize', 'tieWeights'] },
    );
  if (forgetBias !== 0) checkForgetBias(cell, { input: embeddingSize, hidden: hiddenSize, bias, forgetBias });
  const { state, recurrentWeights } = dropoutPlaces(dropout);
  if (state + recurrentWeights > 0) checkIsRecurrent(cell, { input: embeddingSize, hidden: hiddenSize, bias });
  const ofCell = { initialState, bias, forgetBias };
  // What it can be is checked where cells get it: pages that read models without it do without that.
  const zoned = zoneout && { zoneout };
  return { cell: cell.name, embeddingSize, hiddenSize, layers, dropout, ...zoned, tieWeights, ...ofCell, seed };
}

/** @throws {InvalidArgumentError} when no matrix of the cell meets its state, so that there is nothing to drop. */
function checkIsRecurrent(cell: Cell, sizes: GivenSizes): void {
  if (recurrentWeights(planOf(cell, sizes).cell).length > 0) return;
  throw new InvalidArgumentError(
    `Expected no dropout of state or recurrentWeights for the cell ${cell.name}, whose state meets no matrix`,
    { options: ['dropout', 'cell'] },
  );
}

function checkForgetBias(cell: Cell, sizes: CellSizes): void {
  const { forgetBias } = sizes;
  if (beginsWith(cell, sizes, forgetBias)) return;
  const isForBias = !sizes.bias && beginsWith(cell, { ...sizes, bias: true }, forgetBias);
  throw invalid(
    'forgetBias',
    isForBias ? '0 without biases' : `0 for the cell ${cell.name}, which has no forget gate that would begin with it`,
    forgetBias,
  );
}

/** The sizes of a model's cell in a layer. */
export function sizesOf({ embeddingSize, hiddenSize, bias, forgetBias }: ModelConfig, layer: number): CellSizes {
  return { input: layer === 0 ? embeddingSize : hiddenSize, hidden: hiddenSize, bias, forgetBias };
}

/** The sizes of a model's cell in its layers; all but the first have the same. */
export function layerSizes(config: ModelConfig): CellSizes[] {
  return config.layers === 1 ? [sizesOf(config, 0)] : [sizesOf(config, 0), sizesOf(config, 1)];
}

/** The name and shape of every weight of a model, in their order in files. */
export function weightShapes(cell: Cell, config: ModelConfig, vocabularySize: number): Map<string, number[]> {
  const { embeddingSize, hiddenSize } = config;
  const shapes = new Map([['embedding', [vocabularySize, embeddingSize]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    const sizes = sizesOf(config, layer);
    for (const [name, { shape }] of Object.entries(cell.weights(sizes)))
      shapes.set(`layers.${layer}.${name}`, [...shape]);
    if (config.initialState === 'zero') continue;
    for (const [part, size] of Object.entries(cell.state(sizes)))
      shapes.set(`layers.${layer}.${initialWeightName(part)}`, [size]);
  }
  if (!config.tieWeights) shapes.set('projection', [hiddenSize, vocabularySize]);
  shapes.set('projectionBias', [vocabularySize]);
  return shapes;
}
