import { CellError } from '../errors.js';
import { type GraphData, graphData } from '../graph/GraphData.js';
import type { Cell, GivenSizes, InitialValue, TorchLayout } from './cell.js';
import { parseRecord } from './parseRecord.js';

/** What files, and other threads, are told of a cell: plain data that makes it again, without the code that defined it. */
export interface CellRecord {
  /** What it is called. */
  readonly name: string;
  /** The version of its equation. */
  readonly version: number;
  /** Where it comes from. */
  readonly source?: string | undefined;
  /** Whether models have biases where they do not say. */
  readonly bias: boolean;
  /** How its weights are called in PyTorch, where that has such a module. */
  readonly torch?: TorchLayout | undefined;
  /** The cell at the sizes that a model has it at: in its first layer, and in the others where these differ. */
  readonly layers: readonly LayerRecord[];
}

/** A cell at certain sizes. */
export interface LayerRecord {
  /** At which it was traced; `forgetBias` only where it is not 0. */
  readonly sizes: GivenSizes;
  /** What weights begin with, by name; those that are not there begin as others do. */
  readonly initial: Readonly<Record<string, InitialValue>>;
  /** Its equation; parts of the state and weights, with their shapes, are its leaves. */
  readonly graph: GraphData;
}

/**
 * Records a cell at the sizes of a model's layers.
 * @throws {CellError} when its equation cannot be at these sizes, or is not what a file can hold: it has more than 1,000
 *   operations, a number that float32 cannot hold, or a name that is not letters, digits and _.
 */
export function recordCell(cell: Cell, sizes: readonly GivenSizes[]): CellRecord {
  const { name, version, source, bias, torch } = cell;
  const distinct = new Map(
    sizes.map(({ input, hidden, bias, forgetBias = 0 }) => [
      `${input}, ${hidden}, ${bias}`,
      { input, hidden, bias, ...(forgetBias !== 0 && { forgetBias }) },
    ]),
  );
  const record: CellRecord = {
    ...{ name, version, bias, ...(source !== undefined && { source }), ...(torch && { torch }) },
    layers: [...distinct.values()].map((sizes) => {
      const initial = Object.entries(cell.weights(sizes)).flatMap(([name, { initial }]) =>
        initial === undefined ? [] : [[name, initial] as const],
      );
      return { sizes, initial: Object.fromEntries(initial), graph: graphData(cell.trace(sizes)) };
    }),
  };
  try {
    // What is written can be read.
    return parseRecord(record).record;
  } catch (error) {
    throw new CellError(`Expected the cell ${name} to be one that files can hold: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Whether two records are of the same equation, at the same sizes, whatever the cells are called. */
export function isSameEquation(a: CellRecord, b: CellRecord): boolean {
  const [ofA, ofB] = [a, b].map(({ layers }) =>
    JSON.stringify(layers.map(({ sizes: { input, hidden, bias }, graph }) => [input, hidden, bias, graph])),
  );
  return ofA === ofB;
}
