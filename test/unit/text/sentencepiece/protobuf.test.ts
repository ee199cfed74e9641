import test from 'ava';
import { decodeModel, encodeModel, type ModelProto } from '../../../../src/text/sentencepiece/modelProto.js';
import { Message, MessageWriter, readFields } from '../../../../src/text/sentencepiece/protobuf.js';
import fc from '../../../support/fastCheck.js';
import { sweepOf } from '../../../support/sweeps.js';

test('fields of every kind come back', (t) => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.boolean(),
      fc.float({ noNaN: true }),
      fc.string({ unit: 'binary' }),
      (int, bool, float, string) => {
        const inner = new MessageWriter().string(1, string);
        const message = new MessageWriter()
          .integer(1, int)
          .boolean(2, bool)
          .float(16, float)
          .string(2047, string)
          .message(5, inner);
        const read = new Message(message.finish());
        t.is(read.integer(1, 0), int);
        t.is(read.boolean(2, !bool), bool);
        t.is(read.float(16, 0), float);
        t.is(read.string(2047, ''), string);
        t.is(new Message(read.bytes(5)).string(1, ''), string);
      },
    ),
  );
});

test('a field that is not there has its default', (t) => {
  const empty = new Message(new Uint8Array());
  t.deepEqual(
    [empty.integer(1, -7), empty.boolean(2, true), empty.float(3, 0.5), empty.string(4, 'x')],
    [-7, true, 0.5, 'x'],
  );
});

test('bytes are as in the documentation of the format', (t) => {
  t.deepEqual([...new MessageWriter().integer(1, 150).finish()], [0x08, 0x96, 0x01]);
  t.deepEqual([...new MessageWriter().string(2, 'testing').finish()], [0x12, 0x07, ...Buffer.from('testing')]);
  t.deepEqual([...new MessageWriter().integer(1, -2).finish()], [0x08, 0xfe, ...Array(8).fill(0xff), 0x01]);
});

test('any bytes are a message or a RangeError', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        return [...readFields(bytes)].length >= 0;
      } catch (error) {
        return error instanceof RangeError;
      }
    }),
    { numRuns: sweepOf(2000, 400) },
  );
  t.pass();
});

test('a model comes back from its file', (t) => {
  const model: ModelProto = {
    pieces: [
      { text: '<pad>', score: 0, type: 3 },
      { text: '</s>', score: 0, type: 3 },
      { text: '<unk>', score: 0, type: 2 },
      { text: '▁日本👍', score: -1.5, type: 1 },
    ],
    trainer: { modelType: 2, byteFallback: true, spaceIsSuffix: false, eosPiece: '</s>', padPiece: '<pad>' },
    normalizer: {
      name: 'identity',
      charsmap: Uint8Array.of(1, 2),
      addDummyPrefix: false,
      removeExtraSpaces: true,
      escapeSpaces: false,
    },
  };
  t.deepEqual(decodeModel(encodeModel(model), 'the model'), model);
});
