import { CellError } from '../errors.js';
import { tracedCellOf } from '../graph/tracedCellOf.js';
import type { Cell, GivenSizes, WeightOfCell, WeightShape } from './cell.js';
import { CELLS } from './cells.js';
import { type ParsedRecord, parseRecord } from './parseRecord.js';
import { recordCell } from './recordCell.js';

/** By the texts of their records: models of the same cell share what was derived of it, for as long as there is one. */
const known = new Map<string, WeakRef<Cell>>();

/**
 * The cell that `recordCell` recorded; it has the sizes that it was recorded at, and no others. The same record gives the same
 * cell: the library's own, where it is one of these as they are today.
 * @throws {BabblebrookError} when it is not the record of a cell.
 */
export function cellOfRecord(data: unknown): Cell {
  const parsed = parseRecord(data);
  const text = JSON.stringify(parsed.record);
  const found = known.get(text)?.deref();
  if (found) return found;
  const made = ownCell(parsed, text) ?? recordedCell(parsed);
  for (const [of, cell] of known) if (!cell.deref()) known.delete(of);
  known.set(text, new WeakRef(made));
  return made;
}

/** The cell of the library that has this record. */
function ownCell({ record }: ParsedRecord, text: string): Cell | undefined {
  const own = Object.values(CELLS).find(({ name }) => name === record.name);
  const isSame =
    own &&
    JSON.stringify(
      recordCell(
        own,
        record.layers.map(({ sizes }) => sizes),
      ),
    ) === text;
  return isSame ? own : undefined;
}

function recordedCell({ record, traced }: ParsedRecord): Cell {
  const { name, version, source, bias, torch, layers } = record;
  const placeOf = ({ input, hidden, bias }: GivenSizes): number => {
    const place = layers.findIndex(
      ({ sizes: { input: i, hidden: h, bias: b } }) => i === input && h === hidden && b === bias,
    );
    if (place >= 0) return place;
    const [got, ...recorded] = [{ input, hidden, bias }, ...layers.map(({ sizes }) => sizes)].map(inWords);
    throw new CellError(
      `Expected the sizes that the cell ${name} was recorded at, ${recorded.join(' or ')}, got ${got}`,
    );
  };
  const shapes = traced.map(({ state, weights }, place) => ({
    state: Object.fromEntries(Object.entries(state).map(([part, { width }]) => [part, width])),
    weights: Object.fromEntries(
      Object.entries(weights).map(([name, { shape }]): [string, WeightOfCell] => {
        const initial = layers[place]?.initial;
        const begins = initial && Object.hasOwn(initial, name) ? initial[name] : undefined;
        return [name, { shape: shape as WeightShape, initial: begins }];
      }),
    ),
  }));
  return {
    ...{ name, version, source, bias, torch },
    state: (sizes) => shapes[placeOf(sizes)]?.state ?? {},
    weights(sizes) {
      const place = placeOf(sizes);
      const [recorded, got] = [layers[place]?.sizes, sizes].map((of) => of?.forgetBias ?? 0);
      if (recorded !== got)
        throw new CellError(`Expected the forgetBias that the cell ${name} was recorded with, ${recorded}, got ${got}`);
      return shapes[place]?.weights ?? {};
    },
    trace: (sizes) => tracedCellOf(layers[placeOf(sizes)]?.graph),
  };
}

function inWords({ input, hidden, bias }: GivenSizes): string {
  return `${input} → ${hidden} ${bias ? 'with' : 'without'} biases`;
}
