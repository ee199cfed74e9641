import { readFileSync } from 'node:fs';
import test from 'ava';
import { FileFormatError } from '../../../src/errors.js';
import { fromFloat16, toFloat16 } from '../../../src/model/float16.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../../src/model/safetensors.js';
import fc from '../../support/fastCheck.js';
import { fixtureAt } from '../../support/places.js';
import { sweepOf } from '../../support/sweeps.js';

const fixture = (name: string) => readFileSync(fixtureAt(`safetensors/${name}`));

/** A file of Python's safetensors, and what is in it: numbers by their bits. */
const theirs: Uint8Array = fixture('float32.safetensors');
const content = JSON.parse(fixture('float32.json').toString()) as {
  metadata: Record<string, string>;
  tensors: Record<string, { shape: number[]; bits: number[] }>;
};

/** All bits that stand for no number as the same ones. */
const quiet = (bits: number): number => ((bits & 0x7fff) > 0x7c00 ? 0x7e00 : bits);

const bitsOf = ({ values }: StoredTensor): number[] => [...new Uint32Array(values.slice().buffer)];

test("a file of Python's safetensors is read bit for bit", (t) => {
  const { metadata, tensors } = decodeSafetensors(theirs, 'theirs');
  t.deepEqual(metadata, content.metadata);
  const read = Array.from(tensors, ([name, tensor]) => [name, { shape: tensor.shape, bits: bitsOf(tensor) }] as const);
  t.deepEqual(Object.fromEntries(read), content.tensors);
});

test("what is written is byte for byte what Python's safetensors writes", (t) => {
  t.deepEqual(Buffer.from(encodeSafetensors(decodeSafetensors(theirs, 'theirs'))), Buffer.from(theirs));
});

test('the bytes may lie anywhere in their buffer', (t) => {
  const shifted = new Uint8Array(theirs.length + 3);
  shifted.set(theirs, 3);
  t.deepEqual(decodeSafetensors(shifted.subarray(3), 'shifted'), decodeSafetensors(theirs, 'theirs'));
});

test("halves of a file of Python's safetensors are read as float32, beside tensors of float32", (t) => {
  const { tensors } = decodeSafetensors(fixture('float16.safetensors'), 'halves');
  const { float16, float32 } = JSON.parse(fixture('float16.json').toString());
  t.deepEqual([...toFloat16(tensors.get('halves')?.values ?? Float32Array.of())].map(quiet), float16.map(quiet));
  t.deepEqual(bitsOf(tensors.get('wide') ?? { shape: [], values: Float32Array.of() }), float32.slice(0, 3));
});

test('what is written as halves is read again as what is nearest, in half the bytes', (t) => {
  const values = Float32Array.from({ length: 1000 }, (_, at) => Math.sin(at) / (1 + (at % 7)));
  const tensors = new Map([['a', { shape: [10, 100], values }]]);
  const halves = encodeSafetensors({ metadata: {}, tensors }, 'F16');
  t.is(encodeSafetensors({ metadata: {}, tensors }).length - halves.length, 2000);
  t.deepEqual(decodeSafetensors(halves, 'halves').tensors.get('a'), {
    shape: [10, 100],
    values: fromFloat16(toFloat16(values)),
  });
});

test('tensors of numbers that are neither float32 nor float16 are a FileFormatError', (t) => {
  t.throws(() => decodeSafetensors(fixture('float64.safetensors'), 'doubles.bin'), {
    instanceOf: FileFormatError,
    message: 'Expected float32 (F32) or float16 (F16) weights in doubles.bin, got F64 in weights',
  });
});

const tensor = fc.array(fc.nat({ max: 3 }), { maxLength: 3 }).chain((shape) =>
  fc
    .array(fc.float(), {
      minLength: shape.reduce((a, b) => a * b, 1),
      maxLength: shape.reduce((a, b) => a * b, 1),
    })
    .map((values): StoredTensor => ({ shape, values: Float32Array.from(values) })),
);
const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__metadata__' && !/^\d+$/.test(text));

test('whatever tensors and metadata are written, the same are read, in the same order', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, tensor)), fc.dictionary(name, fc.string()), (entries, metadata) => {
      const tensors = new Map(entries);
      const file = decodeSafetensors(encodeSafetensors({ metadata, tensors }), 'a round trip');
      t.deepEqual([...file.tensors], [...tensors]);
      t.deepEqual(Object.entries(file.metadata), Object.entries(metadata));
    }),
  );
});

test('the numbers begin at a multiple of 8 bytes', (t) => {
  for (let length = 0; length < 8; length++) {
    const bytes = encodeSafetensors({ metadata: { a: 'x'.repeat(length) }, tensors: new Map() });
    t.is(bytes.length % 8, 0);
  }
});

// ── Damage ──

/** Asserts that decoding gives a file or a FileFormatError that names the file, and nothing else. */
function survives(bytes: Uint8Array): void {
  try {
    decodeSafetensors(bytes, 'damaged.bin');
  } catch (error) {
    if (!(error instanceof FileFormatError && error.message.includes('damaged.bin'))) throw error;
  }
}

test('a file that ends early, wherever, is a FileFormatError', (t) => {
  for (let length = 0; length < theirs.length; length++)
    t.throws(() => decodeSafetensors(theirs.subarray(0, length), 'cut.bin'), {
      instanceOf: FileFormatError,
      message: /^Expected (cut\.bin to be a safetensors file|the header of cut\.bin to be a JSON object), got /,
    });
});

test('a file that goes on behind its last tensor is a FileFormatError', (t) => {
  t.throws(() => decodeSafetensors(Buffer.concat([theirs, Buffer.of(0)]), 'long.bin'), {
    instanceOf: FileFormatError,
    message: 'Expected long.bin to be a safetensors file, got 81 bytes of data where the tensors end at 80',
  });
});

test('any bytes are a file or a FileFormatError', (t) => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survives));
  t.pass();
});

test('a file with any byte changed is a file or a FileFormatError', (t) => {
  fc.assert(
    fc.property(fc.nat({ max: theirs.length - 1 }), fc.nat({ max: 255 }), (place, byte) =>
      survives(theirs.map((value, at) => (at === place ? byte : value))),
    ),
    { numRuns: sweepOf(1000, 200) },
  );
  t.pass();
});

/** A file with this header, and `data` bytes behind it. */
function withHeader(header: string, data = 0): Uint8Array {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(data)]);
}

const F32 = '"dtype":"F32"';
const damages: [string, Uint8Array, string][] = [
  ['no bytes', Buffer.of(), '0 bytes'],
  [
    'a header longer than the file',
    Buffer.from('{"cell": "lstm"}'),
    '16 bytes where the header alone would have 4189029816221246000',
  ],
  ['a header of no bytes', withHeader(''), 'a header that does not begin with {'],
  ['a header that is an array', withHeader('[]'), 'a header that does not begin with {'],
  ['a header that is null', withHeader('null'), 'a header that does not begin with {'],
  ['a header behind spaces', withHeader(' {}'), 'a header that does not begin with {'],
  ['metadata that are numbers', withHeader('{"__metadata__":{"a":1}}'), 'metadata that are not strings'],
  ['metadata that are null', withHeader('{"__metadata__":null}'), 'metadata that are not strings'],
  ['metadata that are an array', withHeader('{"__metadata__":["a"]}'), 'metadata that are not strings'],
  ['a tensor that is a number', withHeader('{"a":1}'), 'a damaged header entry a'],
  ['a tensor called __proto__ that is none', withHeader('{"__proto__":{}}'), 'a damaged header entry __proto__'],
  [
    'a tensor with an endless name',
    withHeader(`{"${'a'.repeat(1e6)}":1}`),
    `a damaged header entry ${'a'.repeat(57)}…`,
  ],
  [
    'a tensor of a negative size',
    withHeader(`{"a":{${F32},"shape":[-1],"data_offsets":[0,4]}}`, 4),
    'a damaged header entry a',
  ],
  [
    'a tensor of half a row',
    withHeader(`{"a":{${F32},"shape":[0.5],"data_offsets":[0,2]}}`, 2),
    'a damaged header entry a',
  ],
  [
    'a tensor that begins before the data',
    withHeader(`{"a":{${F32},"shape":[1],"data_offsets":[-4,0]}}`, 4),
    'a damaged header entry a',
  ],
  [
    'a tensor with an offset missing',
    withHeader(`{"a":{${F32},"shape":[1],"data_offsets":[0]}}`, 4),
    'a damaged header entry a',
  ],
  [
    'a tensor whose bytes do not fit its shape',
    withHeader(`{"a":{${F32},"shape":[2],"data_offsets":[0,4]}}`, 4),
    '4 bytes for tensor a of shape [2]',
  ],
  [
    'a tensor of more numbers than a machine can hold',
    withHeader(`{"a":{${F32},"shape":[9007199254740991,9007199254740991],"data_offsets":[0,4]}}`, 4),
    '4 bytes for tensor a of shape [9007199254740991,9007199254740991]',
  ],
  [
    'a tensor that ends behind the file',
    withHeader(`{"a":{${F32},"shape":[2],"data_offsets":[0,8]}}`, 4),
    '4 bytes of data, too few for tensor a: it is truncated',
  ],
  [
    'a tensor of a terabyte in a file of 4 bytes',
    withHeader(`{"a":{${F32},"shape":[250000000000],"data_offsets":[0,1000000000000]}}`, 4),
    '4 bytes of data, too few for tensor a: it is truncated',
  ],
  [
    'a tensor that lies upon another',
    withHeader(`{"a":{${F32},"shape":[2],"data_offsets":[0,8]},"b":{${F32},"shape":[1],"data_offsets":[4,8]}}`, 8),
    'tensor b at byte 4 of the data, where 8 is the next',
  ],
  [
    'a hole before a tensor',
    withHeader(`{"a":{${F32},"shape":[1],"data_offsets":[4,8]}}`, 8),
    'tensor a at byte 4 of the data, where 0 is the next',
  ],
];

for (const [what, bytes, got] of damages)
  test(`${what} is a FileFormatError`, (t) => {
    t.throws(() => decodeSafetensors(bytes, 'damaged.bin'), {
      instanceOf: FileFormatError,
      message: `Expected damaged.bin to be a safetensors file, got ${got}`,
    });
  });

for (const [what, bytes, got] of [
  ['no JSON', withHeader('{"a":'), /5 bytes that are no JSON/],
  ['no UTF-8', withHeader('{"\xff": 1}').fill(0xff, 10, 11), /9 bytes that are no JSON/],
  ['JSON with a key twice', withHeader('{"a":1,"\\u0061":2}'), /the key "a" twice/],
] as const)
  test(`a header that is ${what} is a FileFormatError`, (t) => {
    const error = t.throws(() => decodeSafetensors(bytes, 'damaged.bin'), {
      instanceOf: FileFormatError,
      message: got,
    });
    t.true(error.message.startsWith('Expected the header of damaged.bin to be a JSON object, got '));
  });

test('tensors may lie in another order than the header names them, and may be empty', (t) => {
  const entry = (start: number, end: number) =>
    `{${F32},"shape":[${(end - start) / 4}],"data_offsets":[${start},${end}]}`;
  const bytes = withHeader(`{"b":${entry(4, 12)},"none":${entry(4, 4)},"a":${entry(0, 4)}}`, 12);
  const { tensors } = decodeSafetensors(bytes, 'mixed.bin');
  t.deepEqual(
    Array.from(tensors, ([name, { shape }]) => [name, shape]),
    [
      ['b', [2]],
      ['none', [0]],
      ['a', [1]],
    ],
  );
});

test('a tensor of halves whose bytes do not fit its shape is a FileFormatError', (t) => {
  t.throws(() => decodeSafetensors(withHeader('{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}', 8), 'x.bin'), {
    instanceOf: FileFormatError,
    message: 'Expected x.bin to be a safetensors file, got 8 bytes for tensor a of shape [2]',
  });
});

test('a tensor and metadata called __proto__ are written and read as any other', (t) => {
  const tensors = new Map([['__proto__', { shape: [1], values: Float32Array.of(2) }]]);
  const metadata = JSON.parse('{"__proto__":"x"}');
  const read = decodeSafetensors(encodeSafetensors({ metadata, tensors }), 'odd');
  t.deepEqual([...read.tensors], [...tensors]);
  t.deepEqual(Object.entries(read.metadata), [['__proto__', 'x']]);
});
