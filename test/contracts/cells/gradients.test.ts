import test from 'ava';
import { Plan } from '../../../src/graph/Plan.js';
import { arrays, type Matrix } from '../../../src/graph/run/arrays.js';
import { random } from '../../../src/random.js';
import { CELLS } from '../../support/cells.js';
import { sequenceGradients, sequenceLoss } from '../../support/sequenceOfCell.js';

const SIZES = { input: 3, hidden: 4, bias: true };
const [TIME, BATCH] = [5, 2];
const on = arrays(Float64Array);

function matrix(name: string, rows: number, columns: number): Matrix {
  const { uniform } = random(7, name);
  return { rows, columns, data: Float64Array.from({ length: rows * columns }, (_, at) => 1.6 * (uniform(at) - 0.5)) };
}

for (const cell of CELLS)
  for (const steps of [1, TIME])
    test(`${cell.name}, ${steps} time steps at once: gradients of inputs, weights and the first state are those of finite differences`, (t) => {
      const plan = new Plan(cell.trace(SIZES));
      const { weights, state, output } = plan.cell;
      const given = {
        x: matrix('x', TIME * BATCH, SIZES.input),
        outputGradient: matrix('outputs', TIME * BATCH, output.width),
        before: Object.fromEntries(
          Object.entries(state).map(([name, { width }]) => [name, matrix(name, BATCH, width)]),
        ),
        weights: Object.fromEntries(
          Object.entries(weights).map(([name, { shape }]) => [
            name,
            matrix(name, shape.length === 2 ? Number(shape[0]) : 1, Number(shape.at(-1))),
          ]),
        ),
      };
      const loss = (): number => sequenceLoss(on, plan, BATCH, given);
      const gradients = sequenceGradients(on, plan, BATCH, steps, given);
      const all = {
        x: given.x,
        ...given.weights,
        ...Object.fromEntries(Object.entries(given.before).map(([name, m]) => [`first ${name}`, m])),
      };
      t.deepEqual(Object.keys(gradients).sort(), Object.keys(all).sort());
      for (const [name, { data }] of Object.entries(all))
        for (let place = 0; place < data.length; place++) {
          const value = data[place] as number;
          data[place] = value + 1e-5;
          const above = loss();
          data[place] = value - 1e-5;
          const below = loss();
          data[place] = value;
          const expected = (above - below) / 2e-5;
          const got = gradients[name]?.data[place] ?? Number.NaN;
          t.true(
            Math.abs(got - expected) < 1e-7 * (1 + Math.abs(expected)),
            `${name}[${place}]: ${got}, not ${expected}`,
          );
        }
    });
