import test from 'ava';
import type { Kernel } from '../../../src/inference/kernel/Kernel.js';
import { KERNEL_BYTES } from '../../../src/inference/kernel/kernelBytes.js';
import * as codes from '../../../src/inference/kernel/operationCodes.js';
import { PlainKernel } from '../../../src/inference/kernel/plainKernel.js';
import { wasmKernel } from '../../../src/inference/kernel/wasmKernel.js';
import { ProgramBuilder } from '../../../src/inference/program/ProgramBuilder.js';
import { packColumns } from '../../../src/inference/program/packColumns.js';
import { embedsKernel } from '../../support/embedsKernel.js';
import fc from '../../support/fastCheck.js';
import { sweepOf } from '../../support/sweeps.js';

const kernels = async (): Promise<readonly (readonly [string, Kernel])[]> => {
  const wasm = await wasmKernel();
  if (!wasm) throw new Error('Expected WebAssembly with vectors in Node.js');
  return [['wasm', wasm] as const, ['plain', new PlainKernel()] as const];
};

test('the bytes that the library embeds are what assembly/kernel.ts compiles to', (t) =>
  embedsKernel(t, 'kernel', KERNEL_BYTES));

test.serial('kernels share no numbers; where WebAssembly gets no memory, or is not there, there is none', async (t) => {
  const [one, other] = [await wasmKernel(), await wasmKernel()];
  one?.floats.fill(1);
  t.is(other?.floats[0], 0);
  const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: { Memory: unknown } | undefined };
  const { Memory: memory } = wasm as { Memory: unknown };
  try {
    Object.assign(wasm as object, { Memory: throwing });
    t.is(await wasmKernel(), undefined);
    Object.assign(globalThis, { WebAssembly: undefined });
    t.is(await wasmKernel(), undefined);
  } finally {
    Object.assign(globalThis, { WebAssembly: Object.assign(wasm as object, { Memory: memory }) });
  }
});

function throwing(): never {
  throw new RangeError('could not allocate memory');
}

/** Records one operation on rows of numbers, runs it, and gives what it made. */
function computed(
  kernel: Kernel,
  rows: readonly (readonly number[])[],
  record: (on: ProgramBuilder, x: ReturnType<ProgramBuilder['rows']>) => ReturnType<ProgramBuilder['rows']>,
): number[][] {
  const on = new ProgramBuilder();
  const x = on.rows(rows[0]?.length ?? 0);
  const y = record(on, x);
  const program = on.program();
  program.load(kernel);
  program.makeRoom(kernel, rows.length);
  for (const [row, numbers] of rows.entries()) kernel.floats.set(numbers, program.placeOf(x, row));
  program.run(kernel, 0, on.length, rows.length);
  return rows.map((_, row) => {
    const place = program.placeOf(y, row);
    return [...kernel.floats.subarray(place, place + y.width)];
  });
}

/** How many numbers of float32 lie between two. */
function ulps(a: number, b: number): number {
  const place = (value: number): number => {
    const bits = new Int32Array(Float32Array.of(value).buffer)[0] as number;
    return bits < 0 ? -(bits & 0x7fffffff) : bits;
  };
  return Math.abs(place(a) - place(b));
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  return a.length === b.length ? Math.max(...a.map((value, at) => Math.abs(value - (b[at] ?? NaN)))) : NaN;
}

const numbers = [
  ...Array.from({ length: 20_001 }, (_, at) => (at - 10_000) / 400),
  ...[-0, 1e-8, -1e-8, 1e-30, 0.625, -0.625, 0.6249999, 9, -9, 20, -20, 80, -80],
].map(Math.fround);

for (const [name, exact, most] of [
  ['sigmoid', (x) => 1 / (1 + Math.exp(-x)), 4],
  ['tanh', Math.tanh, 4],
  ['exp', Math.exp, 2],
  ['logSigmoid', (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))), 4],
  ['softplus', (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), 4],
] as const satisfies (readonly [string, (x: number) => number, number])[])
  test(`${name} is off by at most ${most} of the last places of float32`, async (t) => {
    for (const [kernel, on] of await kernels()) {
      const [made = []] = computed(on, [numbers], (builder, x) => builder[name](x));
      const wrong = numbers.filter((x, at) => {
        const [got, expected] = [made[at] ?? NaN, Math.fround(exact(x))];
        // Numbers too small for all of their places have fewer.
        if (Math.abs(expected) < 2 ** -126) return !(Math.abs(got - expected) < 2 ** -120);
        return !(ulps(got, expected) <= most);
      });
      t.deepEqual(wrong, [], kernel);
    }
  });

test('what is too large or too small, infinite or no number at all comes out as it should', async (t) => {
  const odd = [Infinity, -Infinity, NaN, 1000, -1000, 89, -110, -0];
  for (const [kernel, on] of await kernels()) {
    const of = (name: 'exp' | 'sigmoid' | 'tanh' | 'relu' | 'softplus'): number[] | undefined =>
      computed(on, [odd], (builder, x) => builder[name](x))[0];
    t.deepEqual(of('exp'), [Infinity, 0, NaN, Infinity, 0, Infinity, 0, 1], kernel);
    t.deepEqual(of('sigmoid')?.slice(0, 5), [1, 0, NaN, 1, 0], kernel);
    t.deepEqual(of('tanh')?.slice(0, 7), [1, -1, NaN, 1, -1, 1, -1], kernel);
    t.deepEqual(of('relu')?.slice(0, 5), [Infinity, 0, NaN, 1000, 0], kernel);
    t.deepEqual(of('softplus')?.slice(0, 5), [Infinity, 0, NaN, 1000, 0], kernel);
  }
});

test('a matrix is packed in panels of 16 columns, the last one filled up with zeros', (t) => {
  const data = Float32Array.from({ length: 2 * 18 }, (_, at) => at);
  const packed = packColumns({ rows: 2, columns: 18, data });
  t.is(packed.length, 2 * 32);
  t.deepEqual([...packed.subarray(0, 17)], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 18]);
  t.deepEqual([...packed.subarray(32, 36)], [16, 17, 0, 0]);
  t.deepEqual([...packed.subarray(48, 52)], [34, 35, 0, 0]);
});

test('products of any sizes are those in float64, each row the same in whatever company', async (t) => {
  const size = fc.integer({ min: 1, max: 70 });
  const [[, wasm], [, plain]] = (await kernels()) as [[string, Kernel], [string, Kernel]];
  fc.assert(
    fc.property(size, size, fc.integer({ min: 1, max: 11 }), fc.nat(), (inner, columns, count, seed) => {
      const number = (at: number): number => Math.fround(Math.sin(at * 12.9898 + seed) * 2);
      const data = Float32Array.from({ length: inner * columns }, (_, at) => number(at));
      const rows = Array.from({ length: count }, (_, row) =>
        Array.from({ length: inner }, (_, at) => number(7919 * row + at)),
      );
      const times = (builder: ProgramBuilder, x: ReturnType<ProgramBuilder['rows']>) =>
        builder.product(x, builder.fixed({ rows: inner, columns, data }, true));
      const made = computed(wasm, rows, times);
      for (const [row, factors] of rows.entries()) {
        const expected = Array.from({ length: columns }, (_, column) =>
          factors.reduce((sum, factor, at) => sum + factor * (data[at * columns + column] as number), 0),
        );
        t.true(largestDifference(made[row] ?? [], expected) < 1e-4);
        t.deepEqual(computed(wasm, [factors], times)[0], made[row]);
      }
      for (const [row, plainly] of computed(plain, rows, times).entries())
        t.true(largestDifference(made[row] ?? [], plainly) < 1e-4);
    }),
    { numRuns: sweepOf(60, 20) },
  );
});

test('what is narrower is repeated: numbers and columns over rows, rows over all', async (t) => {
  const rows = [
    [1, 2, 3, 4, 5],
    [10, 20, 30, 40, 50],
  ];
  for (const [, on] of await kernels()) {
    t.deepEqual(
      computed(on, rows, (builder, x) => builder.subtract(builder.constant(1), x)),
      rows.map((row) => row.map((number) => 1 - number)),
    );
    t.deepEqual(
      computed(on, rows, (builder, x) => builder.subtract(x, builder.rowSum(x))),
      [rows[0]?.map((number) => number - 15), rows[1]?.map((number) => number - 150)] as number[][],
    );
    const row = { rows: 1, columns: 5, data: Float32Array.of(0, 1, 0, 1, 0) };
    t.deepEqual(
      computed(on, rows, (builder, x) => builder.multiply(x, builder.fixed(row, false))),
      [
        [0, 2, 0, 4, 0],
        [0, 20, 0, 40, 0],
      ],
    );
  }
});

test('columns are joined in their order, and what stood side by side is not copied', async (t) => {
  const rows = [
    [1, 2, 3, 4, 5],
    [6, 7, 8, 9, 10],
  ];
  for (const [, on] of await kernels()) {
    const made = computed(on, rows, (builder, x) => {
      const [a, b] = builder.splitColumns(x, [2, 3]) as [typeof x, typeof x];
      const length = builder.length;
      t.deepEqual(builder.joinColumns([a, b]), x);
      t.is(builder.length, length);
      return builder.joinColumns([b, a, a]);
    });
    t.deepEqual(made, [
      [3, 4, 5, 1, 2, 1, 2],
      [8, 9, 10, 6, 7, 6, 7],
    ]);
  }
});

test('the log-softmax of any width is that in float64', async (t) => {
  for (const [kernel, on] of await kernels())
    for (const width of [1, 2, 3, 4, 5, 31, 100, 2003]) {
      const row = Array.from({ length: width }, (_, at) => Math.fround(10 * Math.sin(at)));
      const [made = []] = computed(on, [row], (builder, x) => builder.logSoftmax(x));
      const sum = row.reduce((total, value) => total + Math.exp(value), 0);
      const expected = row.map((value) => value - Math.log(sum));
      t.true(largestDifference(made, expected) < 5e-6, `${kernel}, ${width} wide`);
    }
});

test('an instruction has a place for each of its parts', (t) => {
  const places = [codes.OPERATION, codes.RESULT, codes.RESULT_ROW, codes.COLUMNS, codes.LEFT, codes.LEFT_ROW];
  t.deepEqual(
    [...places, codes.LEFT_STEP, codes.RIGHT, codes.RIGHT_ROW, codes.RIGHT_STEP],
    [...Array(codes.INSTRUCTION).keys()],
  );
});
