// What the client `openai` for Node.js makes of a server: `node openai.mjs URL KEY MODEL`, JSON on standard output.
import OpenAI from 'openai';

const [, , url, apiKey, model] = process.argv;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
const ask = { model, prompt: 'We will', max_tokens: 40, seed: 7, temperature: 0.8 };

const whole = await client.completions.create({ ...ask, n: 2, stop: ['.', ','], user: 'somebody' });

const parts = [];
let usage;
const stream = await client.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } });
for await (const part of stream) {
  parts.push(part.choices[0]?.text ?? '');
  usage = part.usage ?? usage;
}

const beam = await client.completions.create({ ...ask, temperature: 1, decoder: 'beam', beams: 4, min_p: 0.01 });
const scored = await client.completions.create({ ...ask, max_tokens: 1, echo: true, logprobs: 2 });

/** What an error is called, and what it says. */
async function errorOf(promise) {
  try {
    await promise;
  } catch (error) {
    return {
      name: error.constructor.name,
      status: error.status,
      param: error.param,
      code: error.code,
      type: error.type,
    };
  }
}

const left = await client.completions.create({ ...ask, max_tokens: 4000, logit_bias: { 1: -100 }, stream: true });
for await (const _ of left) break;

const models = [];
for await (const { id } of client.models.list()) models.push(id);
console.log(
  JSON.stringify({
    texts: whole.choices.map(({ text }) => text),
    reasons: whole.choices.map(({ finish_reason }) => finish_reason),
    streamed: parts.join(''),
    usage,
    beam: beam.choices[0].text,
    logprobs: scored.choices[0].logprobs,
    models,
    model: (await client.models.retrieve(model)).id,
    errors: {
      field: await errorOf(client.completions.create({ ...ask, n: 0 })),
      model: await errorOf(client.completions.create({ ...ask, model: 'gpt' })),
      key: await errorOf(new OpenAI({ baseURL: `${url}/v1`, apiKey: 'wrong', maxRetries: 0 }).models.list()),
      chat: await errorOf(client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hello' }] })),
    },
  }),
);
