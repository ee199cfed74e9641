import { Evaluation } from '../../graph/Evaluation.js';
import type { Expression } from '../../graph/Expression.js';
import type { Plan } from '../../graph/Plan.js';
import { valuesOf } from '../../graph/steps.js';
import type { Named } from '../mapValues.js';
import type { Engine } from './Engine.js';

/** The values of expressions of weights alone, in their order; those of weights themselves stay whose they were. */
export function weightValues<T>(
  engine: Engine<T>,
  { cell, weights }: Plan,
  part: keyof Plan['weights'],
  given: Named<T>,
): T[] {
  const wanted = weights[part];
  const made = wanted.filter(({ operation }) => operation !== 'leaf');
  const leaves = Object.values(cell.weights);
  const leafValues = Object.keys(cell.weights).map((name) => given[name] as T);
  const values = new Map<Expression, T>(valuesOf(leaves, leafValues));
  if (made.length > 0) {
    const computed = engine.run(cell, `weights of ${part}`, { leaves: leafValues }, (on, all) => {
      const values = new Evaluation(on, valuesOf(leaves, all.leaves));
      return { made: made.map((of) => values.of(of)) };
    });
    for (const [of, value] of valuesOf(made, computed.made)) values.set(of, value);
  }
  return wanted.map((of) => values.get(of) as T);
}
