import { exactly } from '../../graph/Groups.js';
import type { Plan } from '../../graph/Plan.js';
import type { Named } from '../mapValues.js';
import type { StateNumbers } from '../RecurrentState.js';
import type { Engine } from './Engine.js';

/** The state that a layer begins with. */
export interface FirstState<T> {
  /** Of the parts in their order, `[batch × …]` each, the caller's. */
  readonly parts: readonly T[];
  /** Takes ∂loss/∂ them, and gives ∂loss/∂ the learned values of the first state. */
  ofLearned(gradients: readonly T[]): Named<T>;
}

/** Where rows go on from. */
export interface StartOfRows {
  /** `[batch]`: 1 where a row begins at the first state, 0 where it goes on. */
  readonly begins: Float32Array;
  /** A layer's state, `[batch × …]`; zeros where a row begins. */
  readonly state: StateNumbers;
}

/** Zeros, or the learned values, in each row. */
export function initialState<T>(engine: Engine<T>, { cell }: Plan, learned: Named<T>, batch: number): FirstState<T> {
  const names = Object.keys(cell.state);
  const parts = Object.entries(cell.state).map(([name, { width }]) => {
    const zero = engine.zeros([batch, width]);
    const row = learned[name];
    if (row === undefined) return zero;
    const { rows } = engine.run(initialState, 'repeat a row', { zero: [zero], row: [row] }, (on, all) => ({
      rows: [on.add(...exactly(1, all.zero), ...exactly(1, all.row))],
    }));
    engine.free(zero);
    return exactly(1, rows)[0];
  });
  const ofLearned = (gradients: readonly T[]): Named<T> =>
    Object.fromEntries(
      Object.keys(learned).map((name) => [name, engine.sumOfRows(gradients[names.indexOf(name)] as T)]),
    );
  return { parts, ofLearned };
}

/** The state that each row goes on from, and where it begins, zeros or the learned values. */
export function carriedState<T>(
  engine: Engine<T>,
  { cell }: Plan,
  learned: Named<T>,
  { begins, state }: StartOfRows,
): FirstState<T> {
  const names = Object.keys(cell.state);
  const column = engine.floats([begins.length, 1], begins);
  const parts = Object.entries(cell.state).map(([name, { width }]) => {
    const numbers = engine.floats([begins.length, width], state[name] ?? new Float32Array(begins.length * width));
    const row = learned[name];
    if (row === undefined) return numbers;
    const given = { numbers: [numbers], column: [column], row: [row] };
    const { rows } = engine.run(carriedState, 'begin rows', given, (on, all) => ({
      rows: [on.add(...exactly(1, all.numbers), on.multiply(...exactly(1, all.column), ...exactly(1, all.row)))],
    }));
    engine.free(numbers);
    return exactly(1, rows)[0];
  });
  const ofLearned = (gradients: readonly T[]): Named<T> =>
    Object.fromEntries(
      Object.keys(learned).map((name) => {
        const ofBeginning = engine.multiply(gradients[names.indexOf(name)] as T, column);
        const sum = engine.sumOfRows(ofBeginning);
        engine.free(ofBeginning);
        return [name, sum];
      }),
    );
  return { parts, ofLearned };
}
