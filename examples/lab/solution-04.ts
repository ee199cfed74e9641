// npx tsx examples/lab/solution-04.ts [STEPS] [CORPUS]
import { adam, fit, LanguageModel, prepareText } from 'babblebrook';
import { Matrix } from 'ml-matrix';
import { lastValueFrom } from 'rxjs';

const [steps = '600', corpus = 'corpus/state-of-the-union.txt'] = process.argv.slice(2);
const text = await prepareText({ corpus, maxTokens: 3200 });
const model = new LanguageModel({ cell: 'gru', tokenizer: text.tokenizer, embeddingSize: 128, hiddenSize: 128, tieWeights: true });
await lastValueFrom(fit(model, { ...text, optimizer: adam({ learningRate: 0.01 }), clipNorm: 5, until: { steps: Number(steps) } }));

const characters = [...'abcdefghijklmnopqrstuvwxyzABIMTW0127'].filter((one) => text.tokenizer.encode(one)[0] !== text.tokenizer.unknownId);
const embedding = new Matrix(model.weights['embedding']?.arraySync() as number[][]);
const centred = new Matrix(characters.map((one) => embedding.getRow(text.tokenizer.encode(one)[0] ?? 0))).center('column');
const unit = centred.divColumnVector(centred.to2DArray().map((row) => Math.hypot(...row)));
const cosines = unit.mmul(unit.transpose());
for (const one of 'aeomtA1') {
  if (!characters.includes(one)) continue;
  const near = (other: string) => cosines.get(characters.indexOf(one), characters.indexOf(other));
  const others = characters.filter((other) => other !== one).sort((a, b) => near(b) - near(a)).slice(0, 4);
  console.log(`${one} → ${others.map((other) => `${other} ${near(other).toFixed(2)}`).join('  ')}`);
}
