import { setTimeout } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

const started: Worker[] = [];
process.on('worker', (worker) => started.push(worker));

/** The worker threads that this process has started since the last call. */
export async function workersStarted(): Promise<Worker[]> {
  // They are told of when the call that starts them is over.
  await setTimeout(0);
  return started.splice(0);
}

/** Whether worker threads end without being told to, within ten seconds. */
export async function allEnd(workers: readonly Worker[]): Promise<boolean> {
  for (let turn = 0; turn < 1000; turn++) {
    // The id of a thread that is no more.
    if (workers.every(({ threadId }) => threadId === -1)) return true;
    await setTimeout(10);
  }
  return false;
}
