// What the completion model of the Vercel AI SDK makes of a server: `node ai.mjs URL KEY MODEL`, JSON on standard output.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, streamText } from 'ai';

const [, , url, apiKey, name] = process.argv;
const bodies = [];
const fetchTold = (address, init) => {
  bodies.push(JSON.parse(init.body));
  return fetch(address, init);
};
const provider = createOpenAICompatible({
  name: 'babblebrook',
  baseURL: `${url}/v1`,
  apiKey,
  includeUsage: true,
  fetch: fetchTold,
});
const ask = {
  model: provider.completionModel(name),
  prompt: 'We will',
  maxOutputTokens: 40,
  temperature: 0.8,
  seed: 7,
  maxRetries: 0,
};
const { text, finishReason, usage } = await generateText(ask);
const stream = streamText(ask);
let streamed = '';
for await (const part of stream.textStream) streamed += part;
console.log(
  JSON.stringify({
    text,
    finishReason,
    usage: { input: usage.inputTokens, output: usage.outputTokens },
    streamed,
    streamedUsage: (await stream.usage).outputTokens,
    prompt: bodies[0].prompt,
    stop: bodies[0].stop,
  }),
);
