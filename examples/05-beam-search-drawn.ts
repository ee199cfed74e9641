// Draws what a beam search considers, time step by time step: npx tsx examples/05-beam-search-drawn.ts [PROMPT] [BEAMS] [MODEL]
import { beamSearch, beamStates, textOf } from 'babblebrook/decoding';
import { InferenceModel } from 'babblebrook/inference';

const [prompt = 'We will', beams = '4', path = 'models/state-of-the-union/best'] = process.argv.slice(2);

const model = await InferenceModel.load(path); // needs no TensorFlow
const options = { prompt, beams: Number(beams), maxLength: 200 };

for await (const { step, live, finished, committed } of beamStates(model, options)) {
  const certain = model.tokenizer.decode(committed);
  console.log(`\nstep ${step}   certain: ${prompt}${certain}`);
  for (const [name, hypotheses] of Object.entries({ live, ended: finished.slice(0, 1) }))
    for (const { ids, logProbability } of hypotheses) {
      const bar = '█'.repeat(Math.max(1, Math.round(20 * Math.exp(logProbability / ids.length))));
      const open = model.tokenizer.decode(ids).slice(certain.length);
      console.log(`  ${name.padEnd(5)} ${logProbability.toFixed(2).padStart(7)} nats ${bar.padEnd(20)} …${open}`);
    }
}

// The same search as a stream of text: a token comes as soon as every hypothesis that can still win has it.
console.log(`\n${prompt}${await textOf(beamSearch(model, options))}`);
