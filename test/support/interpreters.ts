import type { Computation, Groups } from '../../src/graph/Groups.js';
import type { Operations } from '../../src/graph/Interpreter.js';
import { type ArrayType, arrays, type Matrix } from '../../src/graph/run/arrays.js';
import { nativeBackend } from '../../src/graph/run/tensorflow/nativeBinding.js';
import { type BackendName, useBackend } from '../../src/model/backend.js';
import type { Engine } from '../../src/model/network/Engine.js';
import { NativeEngine } from '../../src/model/network/NativeEngine.js';
import { TfjsEngine } from '../../src/model/network/TfjsEngine.js';

/** What a computation is given: `[]`, `[columns]` or `[rows, columns]`, row-major. */
export interface Given {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Something that computes expressions. */
export interface TestedInterpreter {
  readonly name: string;
  readonly backend: BackendName | undefined;
  /** How far from float64 it may be, as a share of the largest magnitude. */
  readonly tolerance: number;
  /** Whether it has what the loss is computed with. */
  readonly hasLoss: boolean;
  run(given: readonly Given[], compute: Computation): Groups<number[]>;
}

function onArrays(ArrayOf: ArrayType, given: readonly Given[], compute: Computation): Groups<number[]> {
  const values = given.map(({ shape, values }): Matrix => {
    const columns = shape.at(-1) ?? 1;
    return { rows: values.length / columns, columns, data: ArrayOf.from(values) };
  });
  // The loss is not computed on arrays.
  const made = compute(arrays(ArrayOf) as Operations<Matrix>, { given: values });
  return Object.fromEntries(Object.entries(made).map(([name, group]) => [name, group.map(({ data }) => [...data])]));
}

function onEngine<T>(engine: Engine<T>, given: readonly Given[], compute: Computation): Groups<number[]> {
  try {
    const values = given.map(({ shape, values }) => engine.floats(shape, Float32Array.from(values)));
    const made = engine.run({}, 'test', { given: values }, compute);
    return Object.fromEntries(
      Object.entries(made).map(([name, group]) => [name, group.map((value) => [...engine.numbers(value)])]),
    );
  } finally {
    engine.close();
  }
}

/** The engine of TensorFlow's graphs; the native backend must be in use. */
export function nativeEngine(): NativeEngine {
  const backend = nativeBackend();
  if (!backend) throw new Error('The native backend is not in use');
  return new NativeEngine(backend);
}

/** Backends that this machine has, the best first, which is in use. */
export const BACKENDS: readonly BackendName[] =
  (await useBackend()) === 'tensorflow' ? ['tensorflow', 'wasm', 'cpu'] : ['wasm', 'cpu'];

/** Every interpreter that there is here; those that name a backend want it in use. */
export const INTERPRETERS: readonly TestedInterpreter[] = [
  ...([Float64Array, Float32Array] as const).map(
    (ArrayOf): TestedInterpreter => ({
      name: `arrays of ${ArrayOf === Float64Array ? 'float64' : 'float32'}`,
      backend: undefined,
      tolerance: ArrayOf === Float64Array ? 1e-12 : 1e-5,
      hasLoss: false,
      run: (given, compute) => onArrays(ArrayOf, given, compute),
    }),
  ),
  ...(BACKENDS.includes('tensorflow')
    ? [
        {
          name: "TensorFlow's graphs",
          backend: 'tensorflow',
          tolerance: 1e-5,
          hasLoss: true,
          run: (given, compute) => onEngine(nativeEngine(), given, compute),
        } satisfies TestedInterpreter,
      ]
    : []),
  ...BACKENDS.map(
    (backend): TestedInterpreter => ({
      name: `tfjs on ${backend}`,
      backend,
      tolerance: 1e-5,
      hasLoss: true,
      run: (given, compute) => onEngine(new TfjsEngine(), given, compute),
    }),
  ),
];
