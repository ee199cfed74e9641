import test from 'ava';
import { InvalidArgumentError } from '../../../../src/errors.js';
import { useBackend } from '../../../../src/model/backend.js';
import type { Engine } from '../../../../src/model/network/Engine.js';
import { gradientProduct } from '../../../../src/model/network/gradientProduct.js';
import { TfjsEngine } from '../../../../src/model/network/TfjsEngine.js';
import { random } from '../../../../src/random.js';
import { sgd } from '../../../../src/training/sgd.js';
import { Trainer } from '../../../../src/training/Trainer.js';
import { BACKENDS, nativeEngine } from '../../../support/interpreters.js';
import { smallModel } from '../../../support/languageModels.js';
import { scoped } from '../../../support/memory.js';
import '../../../support/ownProcess.js';

const ENGINES: Readonly<Record<string, () => Engine<never>>> = {
  ...(BACKENDS.includes('tensorflow') && { "TensorFlow's graphs": () => nativeEngine() as unknown as Engine<never> }),
  tfjs: () => new TfjsEngine() as unknown as Engine<never>,
};

const [ROWS, LEFT, RIGHT] = [7, 5, 3];

/** The nearest number whose float32 has zeros in its lower half, by its bits. */
function toBfloat16(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = ((bits[0] ?? 0) + 0x8000) & 0xffff0000;
  return new Float32Array(bits.buffer)[0] ?? 0;
}

function numbers(name: string, count: number): Float32Array {
  const { normal } = random(3, name);
  return Float32Array.from({ length: count }, (_, at) => normal(at));
}

for (const [name, engineOf] of Object.entries(ENGINES))
  test.serial(
    `${name}: a product in bfloat16 is that of rounded numbers, rounded, and one in float32 is not`,
    async (t) => {
      await useBackend(BACKENDS[0]);
      scoped(() => {
        const [a, b] = [numbers('a', ROWS * LEFT), numbers('b', ROWS * RIGHT)];
        const product = (of: (value: number) => number): number[] =>
          Array.from({ length: LEFT * RIGHT }, (_, at) => {
            const [row, column] = [Math.floor(at / RIGHT), at % RIGHT];
            const terms = Array.from(
              { length: ROWS },
              (_, k) => of(a[k * LEFT + row] ?? 0) * of(b[k * RIGHT + column] ?? 0),
            );
            return terms.reduce((sum, term) => sum + term, 0);
          });
        const engine = engineOf();
        const computed = (precision: 'float32' | 'bfloat16'): number[] => {
          const given = { a: [engine.floats([ROWS, LEFT], a)], b: [engine.floats([ROWS, RIGHT], b)] };
          const { made } = engine.run(gradientProduct, precision, given, (on, all) => ({
            made: [gradientProduct(on, precision)(all.a[0] as never, all.b[0] as never)],
          }));
          return [...engine.numbers(made[0] as never)];
        };
        const isNear = (got: readonly number[], wanted: readonly number[], digits: number): boolean =>
          got.every((value, at) => Math.abs(value - (wanted[at] ?? 0)) <= 2 ** -digits * Math.max(1, Math.abs(value)));
        // TensorFlow cuts digits of a sum off where plain tfjs rounds.
        t.true(isNear(computed('bfloat16'), product(toBfloat16), 7));
        t.true(computed('bfloat16').every((value) => toBfloat16(value) === value));
        t.true(isNear(computed('float32'), product(Number), 20));
        engine.close();
      });
    },
  );

test.serial('another precision is refused', (t) => {
  const model = smallModel({ cell: 'rnn' });
  t.throws(() => new Trainer(model, { optimizer: sgd(), precision: 'float8' as never }), {
    instanceOf: InvalidArgumentError,
    message: /precision.*bfloat16.*float8/,
  });
  model.dispose();
});
