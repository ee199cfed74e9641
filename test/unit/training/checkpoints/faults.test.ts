import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { from, lastValueFrom, tap } from 'rxjs';
import { FileWriteError } from '../../../../src/errors.js';
import { nodeFileSystem } from '../../../../src/files/FileSystem.js';
import { adam } from '../../../../src/training/adam.js';
import { CheckpointDirectory } from '../../../../src/training/checkpoints/CheckpointDirectory.js';
import { saveCheckpoints } from '../../../../src/training/checkpoints/saveCheckpoints.js';
import type { TrainingStep } from '../../../../src/training/TrainingStep.js';
import { train } from '../../../../src/training/train.js';
import { checkpointOf, latestSteps } from '../../../support/checkpoints.js';
import { FAULTS, FaultyFileSystem } from '../../../support/FaultyFileSystem.js';
import fc from '../../../support/fastCheck.js';
import { smallModel } from '../../../support/languageModels.js';
import { sweepOf } from '../../../support/sweeps.js';
import { temporaryDirectory } from '../../../support/temporaryFiles.js';
import { smallBatches } from '../../../support/trainingSteps.js';

/** Writes checkpoints of 10, 20, … steps and, of each, says whether that failed. */
function writeAll(directory: CheckpointDirectory, from: number, count: number): unknown[] {
  return Array.from({ length: count }, (_, number) => {
    try {
      directory.write(checkpointOf(from + 10 * (number + 1)));
      return undefined;
    } catch (error) {
      return error;
    }
  });
}

function directoryOf(path: string, keep: number, fs = nodeFileSystem): CheckpointDirectory {
  const directory = new CheckpointDirectory(path, keep, fs);
  directory.open();
  return directory;
}

/** How many writing calls one checkpoint takes, with an older one to remove. */
const CALLS = 9;
/** Those of them that close. */
const CLOSING = [3, 7];

for (const fault of FAULTS) {
  const name = fault.kind === 'fails' ? `fails with ${fault.code}` : fault.kind;
  test(`${name}: at whichever call it happens, the old checkpoint or the new one is there`, async (t) => {
    const parent = await temporaryDirectory(t);
    for (let at = 0; at < CALLS; at++) {
      const path = join(parent, `${at}`);
      mkdirSync(path);
      directoryOf(path, 1).write(checkpointOf(10));
      const fs = new FaultyFileSystem(at, fault);
      const [error] = writeAll(directoryOf(path, 1, fs), 10, 1);
      if (fault.kind !== 'short write, then no space') t.true(error instanceof FileWriteError, `call ${at}: ${error}`);
      const left = fs.closeAll();
      if (fault.kind !== 'crash' && !CLOSING.includes(at)) t.is(left, 0, `call ${at}: no file stays open`);
      const steps = latestSteps(path);
      t.true(steps === 10 || steps === 20, `call ${at}: ${steps} steps`);
      if (!error) t.is(steps, 20);
      // Whoever comes next writes as if nothing had been, and nothing is left over.
      directoryOf(path, 1).write(checkpointOf(30));
      t.is(latestSteps(path), 30);
      t.deepEqual(readdirSync(path), ['checkpoint-000000030.safetensors']);
    }
  });
}

test('a checkpoint takes so many writing calls, and each of them is made to fail above', async (t) => {
  const path = await temporaryDirectory(t);
  directoryOf(path, 1).write(checkpointOf(10));
  const fs = new FaultyFileSystem(Infinity, { kind: 'crash' });
  directoryOf(path, 1, fs).write(checkpointOf(20));
  t.is(fs.calls, CALLS);
});

test('whichever of many calls goes wrong, and how, what is there is never older than the last one written', async (t) => {
  const parent = await temporaryDirectory(t);
  let number = 0;
  fc.assert(
    fc.property(
      fc.nat(60),
      fc.constantFrom(...FAULTS),
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.record({ loss: fc.option(fc.double({ min: 0, max: 9, noNaN: true }), { nil: undefined }) }), {
        minLength: 1,
        maxLength: 7,
      }),
      (at, fault, keep, writes) => {
        const path = join(parent, `${number++}`);
        mkdirSync(path);
        const fs = new FaultyFileSystem(at, fault);
        const directory = directoryOf(path, keep, fs);
        let [written, tried] = [0, 0];
        for (const { loss } of writes)
          try {
            directory.write(checkpointOf(++tried, loss));
            written = tried;
          } catch (error) {
            t.true(error instanceof FileWriteError);
            break;
          }
        fs.closeAll();
        const found = latestSteps(path) ?? 0;
        t.true(found === written || found === tried, `${found} steps, ${written} written, ${tried} tried`);
      },
    ),
    { numRuns: sweepOf(300, 60) },
  );
});

test('a disk that writes a few bytes at a time gets the whole checkpoint', async (t) => {
  const path = await temporaryDirectory(t);
  const slow = {
    ...nodeFileSystem,
    writeSync: (file: number, bytes: Uint8Array, at: number, length: number) =>
      nodeFileSystem.writeSync(file, bytes, at, Math.min(length, 100)),
  } as typeof nodeFileSystem;
  directoryOf(path, 1, slow).write(checkpointOf(10));
  t.is(latestSteps(path), 10);
});

// ── In a training ──

/** Trains for six steps, saving every two, where a writing call goes wrong. */
async function training(dir: string, at: number): Promise<unknown> {
  const model = smallModel({ cell: 'rnn' });
  const fileSystem = new FaultyFileSystem(at, { kind: 'fails', code: 'ENOSPC' });
  const steps = from(smallBatches(6)).pipe(
    train(model, { optimizer: adam() }),
    saveCheckpoints(dir, { every: 2, keep: 1, fileSystem }),
  );
  try {
    return await lastValueFrom(steps);
  } catch (error) {
    return error;
  } finally {
    model.dispose();
    fileSystem.closeAll();
  }
}

test('a checkpoint that cannot be written ends the training with a FileWriteError, and is not tried again', async (t) => {
  const dir = join(await temporaryDirectory(t), 'run');
  // The second checkpoint is written from the ninth call on: the first has none to remove.
  const error = await training(dir, 8 + 1);
  t.true(error instanceof FileWriteError);
  t.regex(
    String(error),
    /^FileWriteError: Expected to write .*checkpoint-000000004\.safetensors, but ENOSPC: writeSync was made to fail$/,
  );
  t.deepEqual(readdirSync(dir), ['checkpoint-000000002.safetensors']);
  t.is(latestSteps(dir), 2);
});

test('a directory that is removed while a training saves into it is a FileWriteError, and is not made again', async (t) => {
  const dir = join(await temporaryDirectory(t), 'run');
  const model = smallModel({ cell: 'rnn' });
  const removeIt = tap(({ step }: TrainingStep) => {
    if (step === 2) rmSync(dir, { recursive: true });
  });
  const steps = from(smallBatches(6)).pipe(
    train(model, { optimizer: adam() }),
    removeIt,
    saveCheckpoints(dir, { every: 2 }),
  );
  await t.throwsAsync(lastValueFrom(steps), {
    instanceOf: FileWriteError,
    message: /^Expected to write .*checkpoint-000000004\.safetensors, but ENOENT/,
  });
  t.false(existsSync(dir));
  model.dispose();
});
