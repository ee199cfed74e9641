import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ThrowsExpectation } from 'ava';
import '../support/backend.js';
import { InvalidArgumentError, WorkerError } from '../../src/errors.js';
import { WorkerPool } from '../../src/training/parallel/WorkerPool.js';
import type { ReferenceConfig } from '../reference/languageModel.js';
import { referenceBatch } from '../reference/weights.js';
import { smallModel } from '../support/languageModels.js';
import { leftBehind, nothing } from '../support/memory.js';
import { fileAt, LOADER, moduleAt } from '../support/places.js';
import { temporaryDirectory } from '../support/temporaryFiles.js';
import { unixTest } from '../support/testWith.js';
import { allEnd, workersStarted } from '../support/workerThreads.js';

const config: ReferenceConfig = {
  cell: 'lstm',
  vocabularySize: 7,
  embeddingSize: 3,
  hiddenSize: 4,
  layers: 1,
  eosId: 1,
};
const batch = referenceBatch(config, [4, 2, 3]);
const WORKER =
  LOADER.length > 0
    ? fileAt('src/training/parallel/workerFromSource.mjs')
    : moduleAt('src/training/parallel/worker.ts');

/** A script that runs the real worker, after something else. */
function workerAfter(code: string): URL {
  const script = `import { workerData } from 'node:worker_threads'; ${code}; await import('${WORKER}');`;
  return new URL(`data:text/javascript,${encodeURIComponent(script)}`);
}

/** A script that runs the real worker, and does something else when a task arrives. */
function workerThat(code: string): URL {
  return workerAfter(
    `workerData.port.addEventListener('message', (event) => { event.stopImmediatePropagation(); ${code} })`,
  );
}

const impatient = { start: 60_000, step: 300, times: 0 };

const ends: [string, URL, ThrowsExpectation<Error>][] = [
  [
    'exits in the middle of a batch',
    workerThat('process.exit(3)'),
    { instanceOf: WorkerError, message: 'Expected worker 2 of 2 to answer, but it has ended' },
  ],
  [
    'throws what nobody catches',
    workerThat("throw new RangeError('out of range')"),
    {
      instanceOf: WorkerError,
      message: 'Expected worker 2 of 2 to compute gradients, got RangeError: out of range',
    },
  ],
  [
    'hangs',
    workerThat('for (;;);'),
    { instanceOf: WorkerError, message: 'Expected worker 2 of 2 to answer within 300 ms, got no answer' },
  ],
  [
    'exits before it is ready',
    workerAfter("process.on('newListener', (event) => event === 'exit' && setImmediate(process.exit))"),
    { instanceOf: WorkerError, message: 'Expected worker 2 of 2 to answer, but it has ended' },
  ],
  [
    'fails with one of our errors when it starts',
    workerAfter("process.env.BABBLEBROOK_BACKEND = 'abacus'"),
    {
      instanceOf: InvalidArgumentError,
      message: 'Expected BABBLEBROOK_BACKEND to be one of tensorflow, wasm, cpu, got "abacus" (string)',
    },
  ],
];

for (const [what, script, expected] of ends)
  test.serial(`a worker that ${what} is an error that says so, and nothing is left`, async (t) => {
    const model = smallModel({ cell: 'lstm' });
    const left = await leftBehind(() =>
      t.throws(
        () =>
          new WorkerPool(model, 2, { script, patience: impatient }).lossAndGradients(batch, 9, { epoch: 0, index: 0 }),
        expected,
      ),
    );
    t.deepEqual(left, nothing);
    const workers = await workersStarted();
    t.is(workers.length, 1);
    t.true(await allEnd(workers));
    model.dispose();
  });

const onUnix = unixTest(test.serial);

onUnix('what a worker has among temporary files when it is ended goes with it', async (t) => {
  const [before, directory] = [process.env['TMPDIR'], await temporaryDirectory(t)];
  process.env['TMPDIR'] = directory;
  try {
    const code = `
      const { mkdirSync } = await import('node:fs');
      const { tmpdir } = await import('node:os');
      workerData.port.addEventListener('message', (event) => {
        event.stopImmediatePropagation();
        mkdirSync(tmpdir() + '/half done');
        for (;;);
      })`;
    const model = smallModel({ cell: 'lstm' });
    const pool = new WorkerPool(model, 2, { script: workerAfter(code), patience: impatient });
    t.throws(() => pool.lossAndGradients(batch, 9, { epoch: 0, index: 0 }), { instanceOf: WorkerError });
    const [own = '', ...others] = readdirSync(directory).filter((name) => name.startsWith('babblebrook-'));
    t.deepEqual(others, []);
    t.deepEqual(readdirSync(join(directory, own)), ['half done']);
    t.true(await allEnd(await workersStarted()));
    t.false(existsSync(join(directory, own)));
    model.dispose();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
});
