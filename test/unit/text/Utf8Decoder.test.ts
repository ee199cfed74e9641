import { TextDecoder } from 'node:util';
import test from 'ava';
import { EncodingError } from '../../../src/errors.js';
import { Utf8Decoder } from '../../../src/text/Utf8Decoder.js';
import fc from '../../support/fastCheck.js';
import { sweepOf } from '../../support/sweeps.js';

const encoder = new TextEncoder();

/** Cuts at these places, in whatever order they come. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

function decode(pieces: readonly Uint8Array[]): string {
  const decoder = new Utf8Decoder('here');
  const text = pieces.map((piece) => decoder.push(piece)).join('');
  decoder.end();
  return text;
}

/** The offset that the decoder's error names; undefined where it finds none. */
function invalidByte(pieces: readonly Uint8Array[]): number | undefined {
  try {
    decode(pieces);
    return undefined;
  } catch (error) {
    if (error instanceof EncodingError) return error.byteOffset;
    throw error;
  }
}

/** Offset of the character that holds this byte. */
function beginningOf(text: string, byte: number): number {
  let end = 0;
  for (const character of text) {
    const start = end;
    end += encoder.encode(character).length;
    if (byte < end) return start;
  }
  throw new RangeError('The byte is beyond the text');
}

const text = fc.string({ unit: 'binary' });
const places = fc.array(fc.nat(), { maxLength: 8 });

test('text comes out as it went in, wherever the bytes are cut', (t) => {
  fc.assert(fc.property(text, places, (written, cuts) => decode(cut(encoder.encode(written), cuts)) === written));
  t.pass();
});

test('text comes out byte by byte, each character with its last byte', (t) => {
  const decoder = new Utf8Decoder('here');
  t.deepEqual(
    Array.from(encoder.encode('aß€𝄞'), (byte) => decoder.push(Uint8Array.of(byte))),
    ['a', '', 'ß', '', '', '€', '', '', '', '𝄞'],
  );
});

test('a byte-order mark is a character like any other', (t) => {
  t.is(decode([encoder.encode('\ufeffa\ufeff')]), '\ufeffa\ufeff');
});

test('one corrupted byte is an EncodingError at the beginning of its character, wherever the bytes are cut', (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.nat(),
      fc.constantFrom(0xc0, 0xc1, 0xf5, 0xfe, 0xff),
      places,
      (written, at, wrong, cuts) => {
        const bytes = encoder.encode(written);
        const corrupted = at % bytes.length;
        bytes[corrupted] = wrong;
        return invalidByte(cut(bytes, cuts)) === beginningOf(written, corrupted);
      },
    ),
  );
  t.pass();
});

test('a last character that is not complete is an EncodingError at its beginning', (t) => {
  fc.assert(
    fc.property(
      text,
      fc.constantFrom('ß', '€', '𝄞'),
      fc.integer({ min: 1, max: 3 }),
      places,
      (before, last, missing, cuts) => {
        const bytes = encoder.encode(before + last);
        const size = encoder.encode(last).length;
        const truncated = bytes.subarray(0, bytes.length - Math.min(missing, size - 1));
        return invalidByte(cut(truncated, cuts)) === bytes.length - size;
      },
    ),
  );
  t.pass();
});

test('it accepts exactly the bytes that TextDecoder accepts, and gives the same text', (t) => {
  // Bytes near the borders of what is allowed, and any.
  const byte = fc.oneof(
    fc.constantFrom(
      0x41,
      0x7f,
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0xc1,
      0xc2,
      0xdf,
      0xe0,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0xf5,
    ),
    fc.integer({ min: 0, max: 255 }),
  );
  const reference = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 12 }), places, (numbers, cuts) => {
      const bytes = Uint8Array.from(numbers);
      const offset = invalidByte(cut(bytes, cuts));
      if (offset === undefined) return decode(cut(bytes, cuts)) === reference.decode(bytes);
      // What comes before the offset is text, and what begins there is none.
      const before = reference.decode(bytes.subarray(0, offset));
      for (let size = 1; size <= 4 && offset + size <= bytes.length; size++)
        if (isText(reference, bytes.subarray(offset, offset + size))) return false;
      return encoder.encode(before).length === offset;
    }),
    { numRuns: sweepOf(5000, 1000) },
  );
  t.pass();
});

function isText(reference: TextDecoder, bytes: Uint8Array): boolean {
  try {
    reference.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const INVALID: Readonly<Record<string, readonly number[]>> = {
  'a continuation byte on its own': [0x80],
  'the byte 0xFF': [0xff],
  'an overlong form of two bytes': [0xc0, 0xaf],
  'an overlong form of three bytes': [0xe0, 0x9f, 0xbf],
  'an overlong form of four bytes': [0xf0, 0x8f, 0xbf, 0xbf],
  'a high surrogate': [0xed, 0xa0, 0x80],
  'a low surrogate': [0xed, 0xbf, 0xbf],
  'a surrogate pair, as CESU-8 has it': [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
  'a code point beyond U+10FFFF': [0xf4, 0x90, 0x80, 0x80],
  'a form of five bytes': [0xf8, 0x88, 0x80, 0x80, 0x80],
  'a first byte before a letter': [0xe2, 0x41],
  'two bytes of three before a letter': [0xe2, 0x82, 0x41],
};

for (const [name, bytes] of Object.entries(INVALID))
  test(`${name} is an EncodingError at its first byte`, (t) => {
    const whole = Uint8Array.of(...encoder.encode('aß'), ...bytes, 0x42);
    t.is(invalidByte([whole]), 3);
    t.is(invalidByte(Array.from(whole, (byte) => Uint8Array.of(byte))), 3);
  });

test('UTF-16 is an EncodingError that names the source', (t) => {
  const decoder = new Utf8Decoder('speech.txt');
  t.throws(() => decoder.push(Buffer.from('\ufeffText', 'utf16le')), {
    instanceOf: EncodingError,
    message: 'Expected speech.txt to be UTF-8 text, got an invalid byte sequence at byte 0',
  });
});

test('the owner of a piece may fill it again', (t) => {
  const decoder = new Utf8Decoder('here');
  const buffer = Buffer.from('a€').subarray(0, 3);
  t.is(decoder.push(buffer), 'a');
  buffer.fill(0xac);
  t.is(decoder.push(buffer.subarray(0, 1)), '€');
});
