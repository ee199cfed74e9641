import { Worker } from 'node:worker_threads';

// Loaded by ava before the tests. A process whose event loop stands still for minutes says what its threads do, and where its
// JavaScript is, before it ends: otherwise all that is known of it is that its tests were pending when the time was over.

const LIMIT_MS = Number(process.env['BABBLEBROOK_TESTS_STUCK_MS'] ?? 300_000);

/** How often the main thread came by. */
const beats = new Int32Array(new SharedArrayBuffer(4));
setInterval(() => Atomics.add(beats, 0, 1), LIMIT_MS / 30).unref();
new Worker(new URL('./stuckWatch.js', import.meta.url), { workerData: { beats, limitMs: LIMIT_MS } }).unref();
