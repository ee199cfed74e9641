import { adam, CharacterTokenizer, LanguageModel, random, Trainer } from '../../src/index.js';
import { median } from '../table.js';

const [SIZE, LENGTH, STEPS] = [16, 100, 12];

/** Seconds that 50 steps of a GRU of 512 take here, of 1,600 tokens each. */
export async function secondsOfComputing(): Promise<number> {
  // With the end of a sentence, padding and the unknown token, 85 of them: 933,781 weights.
  const tokenizer = new CharacterTokenizer(String.fromCodePoint(...Array.from({ length: 82 }, (_, at) => 33 + at)));
  const model = new LanguageModel({ cell: 'gru', tokenizer, hiddenSize: 512, embeddingSize: 64 });
  const { integer } = random(1, 'bench');
  const batch = {
    ids: Int32Array.from({ length: SIZE * LENGTH }, (_, at) => 1 + integer(at, tokenizer.vocabularySize - 1)),
    mask: new Float32Array(SIZE * LENGTH).fill(1),
    lengths: new Int32Array(SIZE).fill(LENGTH),
    ...{ size: SIZE, length: LENGTH, tokens: SIZE * LENGTH },
  };
  const trainer = new Trainer(model, { optimizer: adam(), clipNorm: 5 });
  const seconds: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const began = performance.now();
    const { loss } = trainer.step(batch);
    if (!Number.isFinite(loss)) throw new Error(`Expected a loss, got ${loss}`);
    seconds.push((performance.now() - began) / 1000);
  }
  trainer.dispose();
  model.dispose();
  return 50 * median(seconds.slice(2));
}
