// What LangChain.js makes of a server: `node langchain.mjs URL KEY MODEL`, JSON on standard output.
import { OpenAI } from '@langchain/openai';

const [, , url, apiKey, model] = process.argv;
const options = {
  ...{ model, apiKey, temperature: 0.8, maxTokens: 40, maxRetries: 0 },
  configuration: { baseURL: `${url}/v1` },
  modelKwargs: { seed: 7 },
};
const llm = new OpenAI(options);
let streamed = '';
for await (const text of await llm.stream('We will')) streamed += text;
const { generations, llmOutput } = await llm.generate(['We will', 'They']);
let error;
try {
  await new OpenAI({ ...options, modelKwargs: { beams: 3 } }).invoke('We will');
} catch ({ status, param }) {
  error = { status, param };
}
console.log(
  JSON.stringify({
    invoked: await llm.invoke('We will', { stop: ['.', ','] }),
    streamed,
    generated: generations.map(([{ text }]) => text),
    usage: llmOutput.tokenUsage,
    beam: await new OpenAI({ ...options, modelKwargs: { decoder: 'beam', beams: 4, min_p: 0.01 } }).invoke('We will'),
    error,
  }),
);
