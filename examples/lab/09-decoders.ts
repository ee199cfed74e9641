// npx tsx examples/lab/09-decoders.ts [PROMPT] [MODEL]
import { beamSearch, greedy, sample, type Token } from 'babblebrook/decoding';
import { InferenceModel } from 'babblebrook/inference';

const [prompt = 'We will', path = 'models/state-of-the-union/best'] = process.argv.slice(2);
const model = await InferenceModel.load(path);
const options = { prompt, maxLength: 150 };
const decoders: Record<string, AsyncIterable<Token>> = {
  'argmax': greedy(model, options),
  'sampling': sample(model, { ...options, seed: 1 }),
  'sampling, 0.5': sample(model, { ...options, temperature: 0.5, seed: 1 }),
  'beams: 1': beamSearch(model, { ...options, beams: 1 }),
  'beams: 4': beamSearch(model, { ...options, beams: 4 }),
  'beams: 16': beamSearch(model, { ...options, beams: 16 }),
};
for (const [name, tokens] of Object.entries(decoders)) {
  let [sentence, nats] = [prompt, 0];
  for await (const { text, logProbability } of tokens) {
    sentence += text;
    nats += logProbability;
  }
  console.log(`${name.padEnd(14)} ${nats.toFixed(1).padStart(7)} nats  ${sentence}`);
}
