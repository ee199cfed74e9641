import fc from '../../support/fastCheck.js';

/** Numbers at the edges of what options allow; whole ones above 100 are left out, for they are allowed, and take long. */
const NUMBERS = [0, -0, 1, -1, 2, 3, 7, 100, 0.5, 0.999, 1e-9, 5e-324, 1e300, -1e300, 2 ** 53, -(2 ** 53), NaN];
const ODD = [Infinity, -Infinity, '', ' ', '1', 'NaN', '\ud800', '\0', null, undefined, true, false, 1n, 2n ** 70n];

/** Anything at all, but no whole number above 100. */
const anything = fc.anything({
  key: fc.oneof(fc.string(), fc.constantFrom('length', 'type', 'then', 'constructor', 'toString', 'size', '__proto__')),
  maxDepth: 2,
  values: [
    fc.boolean(),
    fc.integer({ min: -100, max: 100 }),
    fc.string(),
    fc.constantFrom<unknown>(...NUMBERS, ...ODD),
  ],
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withTypedArray: true,
});

/** What no generator of data makes: things that look like iterables, numbers, promises or signals. */
const impostors = fc.constantFrom<unknown>(
  Symbol('junk'),
  () => NaN,
  () => undefined,
  () => 'text',
  () => Symbol('junk'),
  new Proxy({}, {}),
  Object.create(null),
  Object.freeze({}),
  Promise.resolve(1),
  new AbortController(),
  { aborted: true },
  { [Symbol.iterator]: 1 },
  { valueOf: () => 3 },
  new Date(NaN),
  /x/,
  new Error('junk'),
);

/** Values to try instead of one that is right: some much like it, some nothing like it. */
export function junkInsteadOf(right: unknown): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 4, arbitrary: near(right) },
    { weight: 3, arbitrary: anything },
    { weight: 1, arbitrary: impostors },
  );
}

function near(right: unknown): fc.Arbitrary<unknown> {
  if (typeof right === 'number') return fc.oneof(fc.constantFrom(...NUMBERS), fc.integer({ min: -3, max: 20 }));
  if (typeof right === 'string')
    return fc.oneof(
      fc.constantFrom('', right.toUpperCase(), `${right} `, right.slice(1), new String(right)),
      fc.string(),
    );
  if (typeof right === 'boolean') return fc.constantFrom<unknown>(!right, 0, 1, 'true', new Boolean(right));
  if (typeof right === 'function') return fc.func(anything);
  if (Array.isArray(right))
    return fc.array(right.length > 0 ? fc.oneof(near(right[0]), anything) : anything, { maxLength: 4 });
  if (ArrayBuffer.isView(right))
    return fc.oneof(fc.array(fc.integer()), alteredNumbers(right as Float32Array | Int32Array));
  if (typeof right === 'object' && right !== null && Object.getPrototypeOf(right) === Object.prototype)
    return altered(right as Readonly<Record<string, unknown>>);
  return anything;
}

/** An object with one of its properties, at any depth, changed or gone. */
function altered(right: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
  const names = Object.keys(right);
  if (names.length === 0) return anything;
  return fc.constantFrom(...names).chain((name) => {
    const without = Object.fromEntries(Object.entries(right).filter(([other]) => other !== name));
    return fc.oneof(
      fc.constant(without),
      junkInsteadOf(right[name]).map((value) => ({ ...right, [name]: value })),
    );
  });
}

function alteredNumbers(right: Float32Array | Int32Array): fc.Arbitrary<unknown> {
  return fc
    .tuple(
      fc.nat({ max: Math.max(0, right.length - 1) }),
      fc.constantFrom(-1, 0, 1e9, NaN, Infinity, 2),
      fc.nat({ max: 2 }),
    )
    .map(([at, value, less]) => {
      const copy = right.slice(0, right.length - less);
      copy[at] = value;
      return copy;
    });
}
