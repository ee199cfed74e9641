import { checkNumber, checkOneOf, InvalidArgumentError, invalid } from '../errors.js';
import type { Expression } from '../graph/Expression.js';
import type { Expressions, TracedCell } from '../graph/TracedCell.js';
import { zonedState } from '../graph/zonedState.js';
import type { Cell, GivenSizes } from './cell.js';

/** The share of a state that stays as it was at a time step: of all its parts, or of some, by their names. */
export type Zoneout = number | Readonly<Record<string, number>>;

/** A part in whose scale other parts of the state are kept: with one of them left behind, they would mean nothing. */
const SCALE = 'stabilizer';

/** A cell with zoneout. */
export interface ZonedCells {
  /** Outside of training. */
  readonly decoding: Cell;
  /** In training: its trace has `masks`. */
  readonly training: Cell;
}

/** Of a part of the state and its rate, the share that is new. */
type Renewed = (part: string, rate: number) => Expression;

/** Remembered, so that models of a cell share what is derived of it. */
const known = new WeakMap<Cell, Map<string, ZonedCells>>();

/**
 * A cell with zoneout: outside of training, where each number of the state becomes what is expected of it, and in training, where masks, given anew
 * at each time step, choose.
 * @throws {InvalidArgumentError} when the cell cannot have it.
 */
export function withZoneout(cell: Cell, sizes: GivenSizes, zoneout: Zoneout): ZonedCells {
  const rates = Object.entries(zoneoutRates(cell, sizes, zoneout)).filter(([, rate]) => rate > 0);
  const key = JSON.stringify(rates);
  const ofCell = known.get(cell) ?? new Map<string, ZonedCells>();
  known.set(cell, ofCell);
  /** A graph that was just traced is nobody else's, so that something can be added to it. */
  const zoned = (trace: (traced: TracedCell, renewed: (of: Renewed) => Expressions) => TracedCell): Cell => ({
    ...cell,
    trace(given) {
      const traced = cell.trace(given);
      return trace(traced, (of) => Object.fromEntries(rates.map(([part, rate]) => [part, of(part, rate)])));
    },
  });
  const made = ofCell.get(key) ?? {
    decoding: zoned((traced, renewed) =>
      zonedState(
        traced,
        renewed((_, rate) => traced.graph.constant(1 - rate)),
      ),
    ),
    training: zoned((traced, renewed) => {
      // Of the state, as it is another for each sequence; and a leaf that is no part of it, so nothing asks for its gradient. Names of parts and
      // of weights have no point.
      const masks = renewed((part) => traced.graph.leaf(`renewed.${part}`, traced.state[part]?.shape ?? [], 'state'));
      return { ...zonedState(traced, masks), masks };
    }),
  };
  ofCell.set(key, made);
  return made;
}

/**
 * The rate of each part of a cell's state.
 * @throws {InvalidArgumentError} when the cell cannot have them.
 */
export function zoneoutRates(cell: Cell, sizes: GivenSizes, zoneout: Zoneout): Readonly<Record<string, number>> {
  const parts = Object.keys(cell.state(sizes));
  const isByPart = typeof zoneout === 'object';
  if (!(isByPart || typeof zoneout === 'number') || zoneout === null || Array.isArray(zoneout))
    throw invalid('zoneout', `a number, or an object of ${parts.join(', ')}`, zoneout);
  const rates: Readonly<Record<string, number>> =
    typeof zoneout === 'object' ? zoneout : Object.fromEntries(parts.map((part) => [part, zoneout]));
  for (const [part, rate] of Object.entries(rates)) {
    checkOneOf('every name in zoneout', part, parts);
    checkNumber(isByPart ? `zoneout.${part}` : 'zoneout', rate, { min: 0, below: 1 });
    if (rate > 0 && part !== 'hidden' && parts.includes(SCALE))
      throw new InvalidArgumentError(
        `Expected zoneout of hidden alone for the cell ${cell.name}, in whose state ${SCALE} is the scale of others, got ${part}`,
        { options: ['zoneout', 'cell'] },
      );
  }
  return rates;
}
