import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { tf } from '../../src/tf.js';

/** What a process holds that must be given back. */
export interface Resources {
  readonly tensors: number;
  readonly buffers: number;
  /** Open files, pipes and the like, where the system tells. */
  readonly files: number;
  /** Timers, reads under way, message ports, worker threads, and what else keeps Node's event loop busy. */
  readonly active: readonly string[];
  readonly exitListeners: number;
}

/** What this process holds now. */
export function resources(): Resources {
  const { numTensors: tensors, numDataBuffers: buffers } = tf.memory();
  const files = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
  const active = process.getActiveResourcesInfo().sort();
  return { tensors, buffers, files, active, exitListeners: process.listenerCount('exit') };
}

/** What this process holds once that does not change any more: files are closed a few turns of the event loop later. */
async function settled(expected?: Resources): Promise<Resources> {
  let last = resources();
  for (let [turn, same] = [0, 0]; turn < 300 && same < 10; turn++) {
    if (isDeepStrictEqual(last, expected)) break;
    await setTimeout(10);
    const now = resources();
    same = isDeepStrictEqual(now, last) ? same + 1 : 0;
    last = now;
  }
  return last;
}

/** Kinds of actions that have been done. */
const known = new Set<string>();
/** What this process held the last time that it did not change: when it is the same again, nothing is left to wait for. */
let settledBefore: Resources | undefined;

/** What this process holds before and after an action. Before that, the first of a kind is done once: it may load what stays. */
export async function heldBy(
  action: () => Promise<void>,
  kind: string,
): Promise<{ before: Resources; after: Resources }> {
  if (!known.has(kind)) await action();
  known.add(kind);
  const before = await settled(settledBefore);
  await action();
  const after = await settled(before);
  settledBefore = after;
  return { before, after };
}
