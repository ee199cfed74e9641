import { Evaluation } from '../../graph/Evaluation.js';
import type { Expression } from '../../graph/Expression.js';
import { exactly, type Groups } from '../../graph/Groups.js';
import { isOfStep, type Plan } from '../../graph/Plan.js';
import { stepsBackward, stepsForward, targetsOf, valuesOf } from '../../graph/steps.js';
import type { Named } from '../mapValues.js';
import { type Stretch, stretchesOf } from './chunks.js';
import type { Engine } from './Engine.js';
import type { FirstState } from './firstState.js';
import { type GradientPrecision, gradientProduct } from './gradientProduct.js';
import type { LayerInputs } from './LayerInputs.js';
import type { LayerGradients } from './Network.js';
import { Sum } from './Sum.js';
import { weightValues } from './weightValues.js';

/** What a layer is made of, and what is wanted of it. */
export interface LayerSetting<T> {
  readonly plan: Plan;
  readonly weights: Named<T>;
  readonly first: FirstState<T>;
  readonly inputs: LayerInputs<T>;
  /** Values of the cell's `held`, in their order. */
  readonly held: readonly T[];
  /** Values of the cell's `masks`, in their order, `[time·batch × …]` each. */
  readonly renewed: readonly Float32Array[];
  readonly batch: number;
  readonly time: number;
  /** What follows: the way back, a look at the gates, or neither. */
  readonly then: 'backward' | 'gates' | 'nothing';
}

/** Time steps in a row, made at once. */
interface Chunk<T> extends Stretch {
  /** The parts of the state before them. */
  readonly before: readonly T[];
  /** What was kept of them. */
  readonly made: ReadonlyMap<Expression, T>;
}

/** A recurrent layer over whole sequences: forward when it is made, then back, once. */
export class LayerRun<T> {
  /** What it gives at all time steps, `[time·batch × hidden]`, time-major. */
  readonly outputs: T;
  /** The parts of the state behind the last time step, in their order. */
  readonly last: readonly T[];
  readonly #engine: Engine<T>;
  readonly #setting: LayerSetting<T>;
  readonly #chunks: readonly Chunk<T>[];

  constructor(engine: Engine<T>, setting: LayerSetting<T>) {
    this.#engine = engine;
    this.#setting = setting;
    [this.#chunks, this.last] = this.#forward();
    this.outputs = this.#ofAllSteps(setting.plan.cell.output);
  }

  /** How many columns its outputs have. */
  get width(): number {
    return this.#setting.plan.cell.output.width;
  }

  /** The gates of all time steps by their names, each `[time·batch × …]`. */
  gates(): Record<string, T> {
    const { gates } = this.#setting.plan.cell;
    return Object.fromEntries(Object.entries(gates).map(([name, of]) => [name, this.#ofAllSteps(of)]));
  }

  /**
   * Takes ∂loss/∂outputs, `[time·batch × hidden]`, and gives ∂loss/∂weights, by products in this precision, and ∂loss/∂input where there is
   * one.
   */
  backward(
    outputGradient: T,
    precision: GradientPrecision = 'float32',
  ): LayerGradients<T> & { readonly input: T | undefined } {
    const engine = this.#engine;
    const { plan, batch, inputs, held, weights, first } = this.#setting;
    const { back, keptInputs, kept, weightsBack } = plan;
    const ofWeights = weightValues(engine, plan, 'back', weights);
    const ofInputs = inputs.back(precision);
    const sums = new Map(weightsBack.targets.map((target) => [target, new Sum(engine)]));
    const parts = Object.keys(plan.cell.state);
    const targets = targetsOf(back.terms);
    let state = this.#zeroState();
    for (const { from, steps, before, made } of this.#chunks.toReversed()) {
      const output = engine.rows(outputGradient, from * batch, steps * batch);
      const ofChunk = (expressions: readonly Expression[]): T[] => expressions.map((of) => made.get(of) as T);
      const given = {
        ...{ weights: ofWeights, output: [output], state, before, held },
        ...{ kept: ofChunk(kept), inputs: ofChunk(keptInputs), renewed: this.#renewed(from, steps) },
      };
      const gave = engine.run(plan, `backward, ${steps}, ${precision}`, given, (on, all) => {
        const [output] = exactly(1, all.output);
        const ofSteps = {
          weights: valuesOf(plan.weights.back, all.weights),
          output,
          state: named(parts, all.state),
          before: named(parts, all.before),
          kept: valuesOf(kept, all.kept),
          inputs: [...valuesOf(keptInputs, all.inputs), ...valuesOf(masksOf(plan), all.renewed)],
          held: valuesOf(heldOf(plan), all.held),
        };
        const { state, inputs, terms } = stepsBackward(on, plan, steps, ofSteps, gradientProduct(on, precision));
        return { state: inOrder(parts, state), inputs, terms };
      });
      ofInputs.add(from, steps, gave.inputs, given.inputs);
      for (const [of, term] of valuesOf(targets, gave.terms)) sums.get(of)?.add(term);
      engine.free(output, ...state, ...made.values(), ...gave.inputs, ...given.renewed);
      state = gave.state;
    }
    engine.free(outputGradient);
    const { input, terms } = ofInputs.total();
    for (const [of, term] of valuesOf(targetsOf(plan.inputsBack.terms), terms)) sums.get(of)?.add(term);
    return {
      weights: this.#weightGradients(sums),
      initial: first.ofLearned(state),
      input,
    };
  }

  #forward(): [chunks: Chunk<T>[], last: readonly T[]] {
    const engine = this.#engine;
    const { plan, inputs, held, weights, time, then, first } = this.#setting;
    const { cell } = plan;
    const kept = { backward: plan.kept, gates: Object.values(cell.gates), nothing: [] }[then];
    const wanted = [...new Set([cell.output, ...kept])];
    const wantedOfSteps = wanted.filter(isOfStep);
    const ofInputs = wanted.filter((of) => !isOfStep(of));
    const keptInputs = new Set([...ofInputs, ...(then === 'backward' ? plan.keptInputs : [])]);
    const ofWeights = weightValues(engine, plan, 'steps', weights);
    const parts = Object.keys(cell.state);
    let before = first.parts;
    const chunks = stretchesOf(time).map(({ from, steps }) => {
      const values = inputs.chunk(from, steps);
      const given = {
        ...{ weights: ofWeights, inputs: plan.inputs.map((of) => values.get(of) as T), before, held },
        renewed: this.#renewed(from, steps),
      };
      const made = engine.run(plan, `forward to ${then}, ${steps}`, given, (on, all) => {
        const before = named(parts, all.before);
        const inputs = [...valuesOf(plan.inputs, all.inputs), ...valuesOf(masksOf(plan), all.renewed)];
        const ofSteps = {
          ...{ weights: valuesOf(plan.weights.steps, all.weights), inputs, before },
          held: valuesOf(heldOf(plan), all.held),
        };
        const { after, wanted } = stepsForward(on, plan, steps, ofSteps, wantedOfSteps);
        return { after: inOrder(parts, after), wanted };
      });
      engine.free(...given.renewed);
      for (const [of, value] of values) if (!keptInputs.has(of)) engine.free(value);
      const remembered = new Map([
        ...valuesOf(wantedOfSteps, made.wanted),
        ...[...values].filter(([of]) => keptInputs.has(of)),
      ]);
      const chunk: Chunk<T> = { from, steps, before, made: remembered };
      if (then !== 'backward') engine.free(...before);
      before = made.after;
      return chunk;
    });
    return [chunks, before];
  }

  /** From what terms add up to, gradients of the weights themselves; those that nothing depends on have zeros. */
  #weightGradients(sums: ReadonlyMap<Expression, Sum<T>>): Named<T> {
    const engine = this.#engine;
    const { plan, weights } = this.#setting;
    const { seeds, gradients } = plan.weightsBack;
    const leaves = Object.entries(plan.cell.weights);
    const isDirect = (name: string): boolean => gradients[name] === seeds.get(plan.cell.weights[name] as Expression);
    const made = leaves.filter(([name]) => gradients[name] && !isDirect(name)).map(([name]) => name);
    const totals = [...seeds.keys()].map((of) => sums.get(of)?.total() as T);
    const given = { weights: leaves.map(([name]) => weights[name] as T), sums: totals };
    const computed: Groups<T, 'made'> =
      made.length === 0
        ? { made: [] }
        : engine.run(plan, 'gradients of weights', given, (on, all) => {
            const values = new Evaluation(on, [
              ...valuesOf(
                leaves.map(([, of]) => of),
                all.weights,
              ),
              ...valuesOf([...seeds.values()], all.sums),
            ]);
            return { made: made.map((name) => values.of(gradients[name] as Expression)) };
          });
    return Object.fromEntries(
      leaves.map(([name, of]) => {
        if (isDirect(name) && seeds.has(of)) return [name, sums.get(of)?.total() as T];
        return [name, computed.made[made.indexOf(name)] ?? engine.zeros(of.shape as readonly number[])];
      }),
    );
  }

  /** The masks of a chunk, the caller's. */
  #renewed(from: number, steps: number): T[] {
    const { plan, renewed, batch } = this.#setting;
    return masksOf(plan).map(({ width }, at) => {
      const place = width * batch;
      return this.#engine.floats(
        [steps * batch, width],
        (renewed[at] as Float32Array).subarray(from * place, (from + steps) * place),
      );
    });
  }

  #zeroState(): readonly T[] {
    const { plan, batch } = this.#setting;
    return Object.values(plan.cell.state).map(({ width }) => this.#engine.zeros([batch, width]));
  }

  #ofAllSteps(of: Expression): T {
    return this.#engine.joinRows(this.#chunks.map(({ made }) => made.get(of) as T));
  }
}

function heldOf({ cell: { held = {} } }: Plan): Expression[] {
  return Object.values(held);
}

function masksOf({ cell: { masks = {} } }: Plan): Expression[] {
  return Object.values(masks);
}

function named<T>(names: readonly string[], values: readonly T[]): Named<T> {
  return Object.fromEntries(names.map((name, at) => [name, values[at] as T]));
}

function inOrder<T>(names: readonly string[], values: Named<T>): T[] {
  return names.map((name) => values[name] as T);
}
