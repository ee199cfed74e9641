import { setTimeout } from 'node:timers/promises';
import type { OuterOptimizer } from '../../../src/cluster/training/OuterOptimizer.js';
import { type MemberOptions, RoundsMember } from '../../../src/cluster/training/RoundsMember.js';
import type { Cluster } from '../../../src/cluster.js';
import type { Batch } from '../../../src/pipeline/Batch.js';
import type { RoundsModel } from '../../../src/run/Rounds.js';

/** Batches of each piece. */
export const BATCHES = 3;
/** How many numbers a model has, unless it is told: the first of them count what was learned from, by piece. */
const SIZE = 1000;

/**
 * An outer step that adds up what all members have learned, where their weights are means over their steps: so each batch that counts is one in the
 * weights, and they tell whether each counts once.
 */
export const adding: OuterOptimizer = {
  settings: { name: 'adding' },
  slots: [],
  update: ({ before, mean, steps }) => ({
    weights: before.map((old, at) => Math.round(old + ((mean[at] ?? 0) - old) * steps)),
    slots: {},
  }),
};

/** A member that learns by counting: every batch adds one at the place of its piece. */
export class CountingMember {
  readonly rounds: RoundsMember;
  weights: Float32Array;
  #before: Float32Array;
  #counts: Float32Array;
  #steps = 0;
  readonly #pause: number;
  readonly #size: number;

  constructor(
    cluster: Cluster,
    { pause = 0, size = SIZE, ...options }: Partial<MemberOptions> & { pause?: number; size?: number } = {},
  ) {
    this.#pause = pause;
    this.#size = size;
    this.weights = new Float32Array(size);
    this.#before = new Float32Array(size);
    this.#counts = new Float32Array(size);
    this.rounds = new RoundsMember(cluster, {
      ...{ every: 5, outer: adding, open: 4, float16: false, batches: (piece) => batchesOf(piece.number) },
      ...options,
    });
  }

  /** Learns from all epochs. `onStep` is awaited after each step. */
  async train(epochs: number, onStep: () => void | Promise<void> = () => {}): Promise<void> {
    await this.rounds.begin(this.#model());
    for (let epoch = 0; epoch < epochs; epoch++)
      for await (const batch of this.rounds.batches(epoch)) {
        await setTimeout(this.#pause);
        this.#learn(batch.ids[0] ?? 0);
        this.rounds.learned();
        await onStep();
      }
    await this.rounds.end(false);
  }

  #learn(piece: number): void {
    this.#steps++;
    this.#counts[piece] = (this.#counts[piece] ?? 0) + 1;
    this.weights = this.#before.map((old, at) => old + (this.#counts[at] ?? 0) / this.#steps);
  }

  #model(): RoundsModel {
    return {
      weights: () => ({ all: { shape: [this.#size], values: Float32Array.from(this.weights) } }),
      assign: (given) => {
        this.weights = Float32Array.from(given['all'] ?? []);
        this.#before = Float32Array.from(this.weights);
        this.#counts = new Float32Array(this.#size);
        this.#steps = 0;
      },
    };
  }
}

async function* batchesOf(piece: number): AsyncGenerator<Batch> {
  for (let count = 0; count < BATCHES; count++)
    yield {
      ids: Int32Array.of(piece),
      mask: Float32Array.of(1),
      lengths: Int32Array.of(1),
      size: 1,
      length: 1,
      tokens: 1,
    };
}

/** Epochs of a scenario. */
export const EPOCHS = 2;

/** Trains; where something is broken, this process is killed now and then, after a step. */
export async function trainFaultily(member: CountingMember, mode: string): Promise<void> {
  await member.train(EPOCHS, () => {
    if (mode !== 'exact' && Math.random() < 0.04) process.kill(process.pid, 'SIGKILL');
  });
}
