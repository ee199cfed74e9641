// npx tsx examples/lab/solution-09.ts [PROMPT]
import { beamSearch, textOf } from 'babblebrook/decoding';
import { InferenceModel } from 'babblebrook/inference';

const [prompt = 'We will'] = process.argv.slice(2);
const model = await InferenceModel.load('models/state-of-the-union/best');
for (const lengthPenalty of [0, 0.6, 1, 2])
  console.log(`lengthPenalty ${lengthPenalty}: ${prompt}${await textOf(beamSearch(model, { prompt, beams: 16, lengthPenalty, maxLength: 150 }))}`);
