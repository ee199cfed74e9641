import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { recordCell } from '../../../../src/cells/recordCell.js';
import { FileFormatError } from '../../../../src/errors.js';
import { nodeFileSystem } from '../../../../src/files/FileSystem.js';
import { CheckpointDirectory } from '../../../../src/training/checkpoints/CheckpointDirectory.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../../../src/training/checkpoints/checkpointFile.js';
import { latestCheckpoint } from '../../../../src/training/checkpoints/latestCheckpoint.js';
import { decodeSealed, encodeSealed } from '../../../../src/training/checkpoints/sealing.js';
import { coupledPeephole } from '../../../support/cells.js';
import { checkpointOf, latestSteps } from '../../../support/checkpoints.js';
import fc from '../../../support/fastCheck.js';
import { sweepOf } from '../../../support/sweeps.js';
import { temporaryDirectory } from '../../../support/temporaryFiles.js';

const whole = encodeCheckpoint(checkpointOf(20, 1.5));
const [OLD, NEW] = ['checkpoint-000000010.safetensors', 'checkpoint-000000020.safetensors'];

/** A directory with a checkpoint of 10 steps, and these bytes as the one of 20. */
function directoryWith(parent: string, bytes: Uint8Array): string {
  const dir = join(parent, `${readdirSync(parent).length}`);
  mkdirSync(dir);
  writeFileSync(join(dir, OLD), encodeCheckpoint(checkpointOf(10)));
  writeFileSync(join(dir, NEW), bytes);
  return dir;
}

test('a checkpoint is decoded as it was encoded', (t) => {
  for (const checkpoint of [checkpointOf(20, 1.5), checkpointOf(0)])
    t.deepEqual(decodeCheckpoint(encodeCheckpoint(checkpoint), 'it'), checkpoint);
});

test('a checkpoint keeps the record of its cell, and a record that is none, or of another cell, is a FileFormatError', (t) => {
  const { state, config, ...rest } = checkpointOf(1);
  const cell = recordCell(coupledPeephole, [{ input: 3, hidden: 4, bias: true }]);
  const own = { ...rest, config: { ...config, cell: cell.name }, state: { ...state, cell } };
  t.deepEqual(decodeCheckpoint(encodeCheckpoint(own), 'it'), own);
  for (const [wrong, message] of [
    [{ ...own, config }, /^Expected it to hold a checkpoint: Expected cell to be one of coupledPeephole, got "lstm"/],
    [
      { ...own, state: { ...state, cell: { ...cell, layers: [] } } },
      /Expected the layers of a cell to be 1 to 2, got 0/,
    ],
    [{ ...own, state }, /Expected cell to be one of .*, gru, .*, got "coupledPeephole"/],
  ] as const)
    t.throws(() => decodeCheckpoint(encodeCheckpoint(wrong), 'it'), { instanceOf: FileFormatError, message });
});

test('a checkpoint of an optimizer without slots, and numbers that are not finite in slots, are decoded as they were', (t) => {
  const { state, ...rest } = checkpointOf(1);
  const special = { shape: [3], values: Float32Array.of(Infinity, NaN, -0) };
  for (const slots of [
    { embedding: {}, projection: {} },
    { embedding: { mean: special }, projection: {} },
  ]) {
    const checkpoint = { ...rest, state: { ...state, slots } };
    t.deepEqual(decodeCheckpoint(encodeCheckpoint(checkpoint), 'it'), checkpoint);
  }
});

test('a checkpoint of before, whose sums would be read as means of weights, is a FileFormatError that says so', (t) => {
  const { metadata, tensors } = decodeSealed(whole, 'it');
  const old = new Map([...tensors, ['average/embedding', { shape: [1], values: Float32Array.of(1) }] as const]);
  t.throws(() => decodeCheckpoint(encodeSealed({ metadata, tensors: old }), 'it'), {
    instanceOf: FileFormatError,
    message:
      /^Expected it to hold a checkpoint: Expected mean\/embedding to be a mean of weights, got .*a sum as an earlier version kept it/,
  });
});

test('the checksum is the SHA-256 of the file with zeros in its place', (t) => {
  const text = Buffer.from(whole).toString('latin1');
  const [, sum = ''] = /"sha256":"([0-9a-f]{64})"/.exec(text) ?? [];
  const zeroed = Buffer.from(text.replace(sum, '0'.repeat(64)), 'latin1');
  t.is(createHash('sha256').update(zeroed).digest('hex'), sum);
});

test('whichever byte is another, the checkpoint is a FileFormatError', (t) => {
  for (let place = 0; place < whole.length; place++) {
    const damaged = whole.slice();
    damaged[place] = (damaged[place] ?? 0) ^ (1 << (place % 8));
    t.throws(() => decodeCheckpoint(damaged, 'it'), { instanceOf: FileFormatError, message: /^Expected it / });
  }
});

test('cut short anywhere, or with bytes behind its end, it is a FileFormatError', (t) => {
  for (let length = 0; length < whole.length; length++)
    t.throws(() => decodeCheckpoint(whole.subarray(0, length), 'it'), { instanceOf: FileFormatError });
  t.throws(() => decodeCheckpoint(Uint8Array.of(...whole, 0), 'it'), { instanceOf: FileFormatError });
});

test('however it is damaged, the file is named, and the one before it is used', async (t) => {
  const parent = await temporaryDirectory(t);
  const place = fc.nat(whole.length - 1);
  const damaged = fc.oneof(
    fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([at, bits]) => {
      const bytes = whole.slice();
      bytes[at] = (bytes[at] ?? 0) ^ bits;
      return bytes;
    }),
    place.map((length) => whole.slice(0, length)),
    fc
      .tuple(place, fc.uint8Array({ minLength: 1, maxLength: 20 }))
      .map(([at, added]) => Uint8Array.of(...whole.slice(0, at), ...added, ...whole.slice(at))),
    fc.tuple(place, place).map(([a, b]) => whole.slice().fill(0x5a, Math.min(a, b), Math.max(a, b) + 1)),
    fc.uint8Array({ maxLength: 200 }),
  );
  fc.assert(
    fc.property(damaged, (bytes) => {
      const found = latestCheckpoint(directoryWith(parent, bytes));
      t.is(found?.checkpoint.state.steps, 10);
      t.is(found?.damaged.length, 1);
      t.true(found?.damaged[0] instanceof FileFormatError);
      t.true(found?.damaged[0]?.message.includes(NEW));
    }),
    { numRuns: sweepOf(300, 60) },
  );
});

test('where all are damaged, it is a FileFormatError that names each', async (t) => {
  const dir = directoryWith(await temporaryDirectory(t), whole.slice(1));
  writeFileSync(join(dir, OLD), '');
  t.throws(() => latestCheckpoint(dir), {
    instanceOf: FileFormatError,
    message: /^Expected a checkpoint in .* that is as it was written, got none: .*-000000020\..*; .*-000000010\./,
  });
});

test('a directory in the place of a checkpoint counts as damaged', async (t) => {
  const dir = await temporaryDirectory(t);
  writeFileSync(join(dir, OLD), encodeCheckpoint(checkpointOf(10)));
  mkdirSync(join(dir, NEW));
  const found = latestCheckpoint(dir);
  t.is(found?.path, join(dir, OLD));
  t.regex(found?.damaged[0]?.message ?? '', /^Expected to read .*-000000020\.safetensors, but EISDIR/);
});

test('no directory, an empty one, and one of other files have no checkpoint', async (t) => {
  const dir = await temporaryDirectory(t);
  t.is(latestCheckpoint(join(dir, 'missing')), undefined);
  t.is(latestCheckpoint(dir), undefined);
  for (const name of ['checkpoint-1.safetensors', `${NEW}.writing-4194305-12`, 'best.safetensors'])
    writeFileSync(join(dir, name), whole);
  t.is(latestCheckpoint(dir), undefined);
});

test('a file in the place of the directory is a FileFormatError', async (t) => {
  const file = join(await temporaryDirectory(t), 'file');
  writeFileSync(file, '');
  t.throws(() => latestCheckpoint(file), { instanceOf: FileFormatError, message: /^Expected to read .*ENOTDIR/ });
});

test('what is damaged is written over in its turn, and does not push out what is not', async (t) => {
  const parent = await temporaryDirectory(t);
  const dir = directoryWith(parent, whole.slice(1));
  const directory = new CheckpointDirectory(dir, 2, nodeFileSystem);
  t.is(directory.open()?.state.steps, 10);
  directory.write(checkpointOf(15));
  t.is(latestSteps(dir), 15);
  directory.write(checkpointOf(20));
  t.deepEqual(readdirSync(dir).sort(), ['checkpoint-000000015.safetensors', NEW]);
  t.is(latestSteps(dir), 20);
});

test('what somebody else has sealed is a checkpoint or a FileFormatError, whatever it says', (t) => {
  const { state, ...rest } = checkpointOf(20);
  const { weights: _, slots: __, ...place } = state;
  const format = 'babblebrook checkpoint 1';
  const decode = (checkpoint: string, its = format): unknown =>
    decodeCheckpoint(encodeSealed({ metadata: { format: its, checkpoint }, tensors: new Map() }), 'it');
  t.notThrows(() => decode(JSON.stringify({ place, ...rest })));
  t.throws(() => decode(JSON.stringify({ place, ...rest }), 'another'), {
    instanceOf: FileFormatError,
    message: 'Expected it to be a "babblebrook checkpoint 1", got another',
  });
  t.throws(() => decode(JSON.stringify({ place: { ...place, steps: -1 }, ...rest })), {
    instanceOf: FileFormatError,
    message: 'Expected it to hold a checkpoint: Expected steps to be an integer of at least 0, got -1 (number)',
  });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc
          .record({ place: fc.anything(), config: fc.anything(), tokenizer: fc.anything() })
          .map((it) =>
            JSON.stringify({ ...rest, ...it }, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
          ),
      ),
      (checkpoint) => {
        try {
          decode(checkpoint);
        } catch (error) {
          t.true(error instanceof FileFormatError, String(error));
        }
      },
    ),
  );
});
