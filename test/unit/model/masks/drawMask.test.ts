import test from 'ava';
import { BackendError } from '../../../../src/errors.js';
import { drawMask } from '../../../../src/model/masks/drawMask.js';
import { MASK_BYTES } from '../../../../src/model/masks/maskBytes.js';
import { hashString } from '../../../../src/random.js';
import { maskRows, xoshiro128 } from '../../../reference/dropoutMask.js';
import { embedsKernel } from '../../../support/embedsKernel.js';
import fc from '../../../support/fastCheck.js';

/** What xoshiro128++ gives from the state 1, 2, 3, 4: the reference vector of the crate rand_xoshiro, made with its authors' C. */
const WORDS = [
  641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011, 621204420,
];

test('the bytes that the library embeds are what assembly/masks.ts compiles to', (t) =>
  embedsKernel(t, 'masks', MASK_BYTES));

test.serial('where WebAssembly gets no memory, that is a BackendError', (t) => {
  const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: { Memory: { prototype: object } } };
  const draw = (columns: number) => drawMask(Int32Array.of(0), columns, { key: [1, 2], threshold: 5, value: 1 });
  draw(1);
  const { prototype } = wasm.Memory;
  const { grow } = prototype as { grow: unknown };
  try {
    Object.assign(prototype, {
      grow() {
        throw new RangeError('no more');
      },
    });
    t.throws(() => draw(1e6), { instanceOf: BackendError, message: /WebAssembly.*no more/ });
  } finally {
    Object.assign(prototype, { grow });
  }
  t.is(draw(1e6).length, 1e6);
});

test('the reference has the generator of xoshiro’s authors', (t) => {
  t.deepEqual(Array.from(WORDS, xoshiro128([1, 2, 3, 4])), WORDS);
});

test('rows are those of plain arithmetic, whatever rows stand beside them', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 2 ** 20 }), { minLength: 1, maxLength: 9 }),
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: -5, max: 5 }),
      fc.integer({ min: 0, max: 4095 }),
      (places, columns, seed, threshold) => {
        const purpose = 'dropout.2.7.0';
        const value = Math.fround(4096 / (4096 - threshold));
        const drawn = drawMask(Int32Array.from(places), columns, {
          key: [seed, hashString(purpose)],
          ...{ threshold, value },
        });
        const rows = maskRows(places, columns, { seed, purpose, threshold, value });
        return rows.flat().every((number, at) => number === drawn[at]) && drawn.length === places.length * columns;
      },
    ),
  );
  t.pass();
});

test('a mask stays as it is when others are drawn, larger ones too', (t) => {
  const how = { key: [1, 2], threshold: 2048, value: 2 } as const;
  const first = drawMask(Int32Array.of(3), 100, how);
  const copy = first.slice();
  drawMask(new Int32Array(3000), 100, { ...how, threshold: 1 });
  t.deepEqual(first, copy);
});
