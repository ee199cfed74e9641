import { meanOf } from '../../../src/cluster/training/meanOf.js';
import type { OuterOptimizer } from '../../../src/cluster/training/OuterOptimizer.js';
import { WeightLayout } from '../../../src/cluster/training/WeightLayout.js';
import { adam, type Batch, LanguageModel, type Tokenizer, warmupCosine } from '../../../src/index.js';
import { roundsModel } from '../../../src/run/roundsModel.js';
import { type TextPiece, TurnMember } from './TurnMember.js';

/** A training in rounds without a network. */
export interface TurnsOptions {
  readonly tokenizer: Tokenizer;
  readonly cell: 'lstm' | 'gru';
  readonly hidden: number;
  readonly seed: number;
  readonly learningRate: number;
  readonly clipNorm: number;
  readonly carryState: boolean;
  readonly pieces: readonly TextPiece[];
  /** Of all members together. */
  readonly tokens: number;
  readonly members: number;
  /** Steps of a member in a round; `Infinity` where nothing is merged. */
  readonly every: number;
  readonly outer: OuterOptimizer;
}

/** What came of it: the model of all members, and what was done. */
export interface Turned {
  readonly model: LanguageModel;
  readonly tokens: number;
  readonly steps: number;
  readonly rounds: number;
}

/**
 * Trains as `RoundsMember` does, in one process, where the members make a step each in turn: a member takes the next piece of the epoch when it is through with one; a
 * round is over when each has made its steps or has nothing left, and then the weights are merged by the code that closes rounds, `meanOf` and the outer optimizer. An
 * epoch ends for all before the next one begins. So the same options give the same bits.
 */
export async function trainInTurns(options: TurnsOptions): Promise<Turned> {
  const { tokenizer, cell, hidden: hiddenSize, seed, clipNorm, carryState, pieces, every, outer } = options;
  let [tokens, steps, rounds] = [0, 0, 0];
  const schedule = warmupCosine({ learningRate: options.learningRate, over: { steps: options.tokens } });
  const learningRate = (): number => schedule({ step: tokens, seconds: 0 });
  const models = Array.from(
    { length: options.members },
    () => new LanguageModel({ cell, tokenizer, hiddenSize, seed, embeddingSize: 64 }),
  );
  const [model] = models;
  if (!model) throw new Error('Expected a member, got none');
  const members = models.map((one) => new TurnMember(one, { optimizer: adam({ learningRate }), clipNorm, carryState }));
  const layout = new WeightLayout(roundsModel(model).weights());
  let before = layout.join(roundsModel(model).weights());
  let slots: Readonly<Record<string, Float32Array>> = Object.fromEntries(
    outer.slots.map((name) => [name, new Float32Array(before.length)]),
  );
  const merge = (): void => {
    const learned = members.filter((member) => member.steps > 0);
    if (learned.length === 0) return;
    const mean = meanOf(learned.map((member) => [member.steps, member.weights(layout)]));
    const sum = learned.reduce((total, member) => total + member.steps, 0);
    const next = outer.update({ before, mean, steps: sum, slots });
    before = next.weights;
    slots = next.slots;
    for (const member of members) member.begin(layout, before);
    rounds++;
  };
  for (let epoch = 0; tokens < options.tokens; epoch++) {
    const left = [...pieces];
    const take = (): AsyncIterable<Batch> | undefined => left.shift()?.(epoch);
    for (let isOver = false; !isOver && tokens < options.tokens; ) {
      isOver = true;
      for (const member of members)
        if (member.steps < every && tokens < options.tokens) {
          const learned = await member.step(take);
          if (learned === 0) continue;
          isOver = false;
          tokens += learned;
          steps++;
        }
      // None has made a step: each has made those of the round, or the epoch is over.
      if (isOver && Number.isFinite(every) && members.some((member) => member.steps > 0)) {
        isOver = members.every((member) => member.steps < every);
        merge();
      }
    }
  }
  if (Number.isFinite(every)) merge();
  for (const member of members) await member.end();
  for (const one of models.slice(1)) one.dispose();
  return { model, tokens, steps, rounds };
}
