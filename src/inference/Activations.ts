import type { NetworkProgram } from './NetworkProgram.js';
import type { NetworkRun } from './NetworkRun.js';

/** A gate, or a part of the state, at all time steps. */
export interface UnitActivations {
  /** How many units it has. */
  readonly width: number;
  /** Their numbers, time step by time step: `[steps × width]`, row-major. */
  readonly values: Float32Array;
}

/** What happened in a model while it read a text. */
export interface Activations {
  /** What it read at each time step: EOS, which begins a sentence, then the text's tokens. */
  readonly ids: Int32Array;
  /** Of each layer, its gates and the parts of its state by their names in the cell's equation. */
  readonly layers: readonly Readonly<Record<string, UnitActivations>>[];
}

/** Room for what the gates of all layers are while these ids are read. */
export function roomForActivations(ids: Int32Array, { gates }: NetworkProgram): Activations {
  const layers = gates.map((named) =>
    Object.fromEntries(
      Object.entries(named).map(([name, { width }]) => [name, { width, values: new Float32Array(ids.length * width) }]),
    ),
  );
  return { ids, layers };
}

/** Writes down what the gates were at a time step: the last one that was run. */
export function takeActivations({ layers }: Activations, run: NetworkRun, step: number): void {
  run.makeGates();
  for (const [layer, named] of run.network.gates.entries())
    for (const [name, gate] of Object.entries(named)) {
      const { width = 0, values = new Float32Array() } = layers[layer]?.[name] ?? {};
      run.gateInto(gate, values, step * width);
    }
}
