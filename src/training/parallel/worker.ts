import process from 'node:process';
import { workerData } from 'node:worker_threads';
import { ANSWERS, type Answer, ENDED, type Task, type WorkerStart } from './messages.js';
import { plainError } from './PlainError.js';

// What a worker thread runs. Whoever waits for it sees no events, so the hooks are there before anything can fail.
const { model, port, signals, temporaryDirectory }: WorkerStart = workerData;

function wake(): void {
  Atomics.add(signals, ANSWERS, 1);
  Atomics.notify(signals, ANSWERS);
}

function answer(message: Answer): void {
  port.postMessage(message);
  wake();
}

process.on('uncaughtExceptionMonitor', (error) => answer({ kind: 'failed', error: plainError(error) }));
process.on('exit', () => {
  Atomics.store(signals, ENDED, 1);
  wake();
});

const { prepareBackend } = await import('../../model/backend.js');
const { workerTasks } = await import('./workerTasks.js');
// Now that the code is loaded: a loader's cache is everybody's.
for (const variable of ['TMPDIR', 'TEMP', 'TMP']) process.env[variable] = temporaryDirectory;
await prepareBackend();
const compute = workerTasks(model);
port.on('message', (task: Task) => {
  try {
    answer({ kind: 'done', result: compute(task) });
  } catch (error) {
    answer({ kind: 'failed', error: plainError(error) });
  }
});
answer({ kind: 'ready' });
