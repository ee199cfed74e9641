// npx tsx examples/lab/solution-01.ts
import { InferenceModel, score } from 'babblebrook';

const model = await InferenceModel.load('models/state-of-the-union/best');
// How probable is the end behind each beginning of a sentence?
const sentence = 'We will win. Thank you.';
let [within, behind] = [0, 0];
for (let length = 1; length <= sentence.length; length++) {
  const beginning = sentence.slice(0, length);
  const { tokens } = await score(model, '', { prompt: beginning }); // EOS alone
  const probability = Math.exp(tokens[0]?.logProbability ?? 0);
  if (beginning.endsWith('.')) behind = Math.max(behind, probability);
  else within = Math.max(within, probability);
}
console.log(`p(EOS) within a sentence: at most ${within.toFixed(4)}; behind a full stop: up to ${behind.toFixed(4)}`);
