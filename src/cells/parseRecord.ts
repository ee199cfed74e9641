import { CellError, checkNumber, checkOneOf, checkString } from '../errors.js';
import { checkFloat, checkList, checkName, checkObject, within } from '../graph/checkData.js';
import { graphData } from '../graph/GraphData.js';
import { columnsOf, type Shape, sameShape, shapeInWords } from '../graph/Shape.js';
import type { TracedCell } from '../graph/TracedCell.js';
import { tracedCellOf } from '../graph/tracedCellOf.js';
import { checkBlocks, type GivenSizes, type InitialValue, initialWeightName, type TorchLayout } from './cell.js';
import type { CellRecord, LayerRecord } from './recordCell.js';

/** A record that was checked. */
export interface ParsedRecord {
  /** In the order of members that `recordCell` gives, so that equal records are equal texts. */
  readonly record: CellRecord;
  /** Of each of its layers. */
  readonly traced: readonly TracedCell[];
}

const BLOCKS = { RNN: 1, GRU: 3, LSTM: 4 } as const;
const MODULES = Object.keys(BLOCKS) as (keyof typeof BLOCKS)[];

/**
 * Checks what should be the record of a cell, from a file or from anywhere: all of it.
 * @throws {BabblebrookError} that says which part of it is not what it should be.
 */
export function parseRecord(data: unknown): ParsedRecord {
  const { name, version, source, bias, torch, layers, ...others } = checkObject('the record of a cell', data);
  for (const other of Object.keys(others)) throw new CellError(`Expected no ${other.slice(0, 60)} of a cell, got one`);
  const parsed = checkList('the layers of a cell', layers, { min: 1, max: 2 }).map((layer, place) =>
    within(`layers[${place}]`, () => parseLayer(layer)),
  );
  const layout = torch === undefined ? undefined : within('torch', () => parseTorch(torch));
  if (layout) for (const { record, traced } of parsed) within('torch', () => checkTorch(layout, record.sizes, traced));
  const record: CellRecord = {
    ...{
      name: checkName(name),
      version: checkNumber('version', version),
      bias: checkOneOf('bias', bias, [true, false]),
    },
    ...(source !== undefined && { source: checkString('source', source) }),
    ...(layout && { torch: layout }),
    layers: parsed.map(({ record }) => record),
  };
  return { record, traced: parsed.map(({ traced }) => traced) };
}

function parseLayer(data: unknown): { record: LayerRecord; traced: TracedCell } {
  const { sizes: given, initial, graph } = checkObject('it', data, ['sizes', 'initial', 'graph']);
  const sizes = parseSizes(given);
  const traced = within('graph', () => tracedCellOf(graph));
  const { input, output, state, weights } = traced;
  for (const [what, { shape }, size] of [
    ['input', input, sizes.input],
    ['output', output, sizes.hidden],
  ] as const)
    if (columnsOf(shape) !== size)
      throw new CellError(`Expected the ${what} to be [batch × ${size}], as sizes say, got ${shapeInWords(shape)}`);
  const parts = Object.keys(state);
  const names = [input.attributes.name, ...parts, ...Object.keys(weights), ...parts.map(initialWeightName)];
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new CellError(`Expected one ${twice}, got two`);
  const begins = Object.entries(checkObject('initial', initial)).map(([name, value]) => {
    checkOneOf('every name in initial', name, Object.keys(weights));
    return [name, parseInitial(`initial.${name}`, value, weights[name]?.shape ?? [])] as const;
  });
  return { record: { sizes, initial: Object.fromEntries(begins), graph: graphData(traced) }, traced };
}

function parseInitial(what: string, value: unknown, shape: Shape): InitialValue {
  if (!Array.isArray(value)) return checkFloat(what, value);
  checkBlocks(what, shape, value.length);
  return value.map((number) => checkFloat(`each of ${what}`, number));
}

function parseSizes(data: unknown): GivenSizes {
  const { forgetBias = 0, ...others } = checkObject('sizes', data);
  const { input, hidden, bias } = checkObject('sizes', others, ['input', 'hidden', 'bias']);
  const rule = { integer: true, min: 1 };
  const begins = checkFloat('sizes.forgetBias', forgetBias);
  return {
    input: checkNumber('sizes.input', input, rule),
    hidden: checkNumber('sizes.hidden', hidden, rule),
    bias: checkOneOf('sizes.bias', bias, [true, false]),
    ...(begins !== 0 && { forgetBias: begins }),
  };
}

function parseTorch(data: unknown): TorchLayout {
  const { module: named, blocks, negated } = checkObject('it', data, ['module', 'blocks', 'negated']);
  const module = checkOneOf('module', named, MODULES);
  const count = BLOCKS[module];
  const places = (what: string, list: unknown, min: number): number[] => {
    const found = checkList(what, list, { min, max: count }).map((place) =>
      checkNumber(`each of ${what}`, place, { integer: true, min: 0, below: count }),
    );
    if (new Set(found).size < found.length) throw new CellError(`Expected ${what} to have each once, got ${found}`);
    return found;
  };
  return { module, blocks: places('blocks', blocks, count), negated: places('negated', negated, 0) };
}

/** A cell whose weights PyTorch's module has, has these weights and no others. */
function checkTorch(
  { module }: TorchLayout,
  { input, hidden, bias }: GivenSizes,
  { state, weights }: TracedCell,
): void {
  const columns = BLOCKS[module] * hidden;
  const shapes = new Map([
    ['inputWeights', [input, columns]],
    ['recurrentWeights', [hidden, columns]],
    ...(bias ? ([['bias', [columns]]] as const) : []),
    ...(bias && module === 'GRU' && weights['recurrentBias'] ? ([['recurrentBias', [hidden]]] as const) : []),
  ]);
  const parts = module === 'LSTM' ? ['hidden', 'memory'] : ['hidden'];
  checkObject(`the weights of nn.${module}`, weights, [...shapes.keys()]);
  checkObject(`the state of nn.${module}`, state, parts);
  for (const [name, shape] of shapes)
    if (!sameShape(weights[name]?.shape ?? [], shape))
      throw new CellError(
        `Expected ${name} to be ${shapeInWords(shape)}, got ${shapeInWords(weights[name]?.shape ?? [])}`,
      );
  for (const part of parts)
    if (state[part]?.width !== hidden) throw new CellError(`Expected state.${part} to have ${hidden} columns`);
}
