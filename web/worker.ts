import { Computer } from './compute/Computer.js';
import type { Kind, RequestOf } from './compute/types.js';
import type { FromWorker, ToWorker } from './protocol.js';
import { problemOf } from './state/problemOf.js';

// Everything that is computed is computed here, so that no key waits for it.

const computer = new Computer();
const underWay = new Map<number, AbortController>();

const tell = (message: FromWorker): void => postMessage(message);

async function answer<K extends Kind>(id: number, request: RequestOf<K> & { readonly kind: K }): Promise<void> {
  const controller = new AbortController();
  underWay.set(id, controller);
  try {
    const onPart = (part: unknown): void => tell({ id, part });
    tell({ id, answer: await computer.ask<K>(request, { signal: controller.signal, onPart }) });
  } catch (error) {
    tell({ id, problem: problemOf(error) });
  } finally {
    underWay.delete(id);
  }
}

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if ('cancelled' in data) underWay.get(data.cancelled)?.abort();
  else void answer(data.id, data.request);
});
