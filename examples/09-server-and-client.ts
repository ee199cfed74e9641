// Serves a model as OpenAI's completions, and asks it as a client does: npx tsx examples/09-server-and-client.ts [PROMPT] [MODEL]
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server'; // npm install hono@4 @hono/node-server@2
import { InferenceModel } from 'babblebrook/inference';
import { completionsHandler } from 'babblebrook/serving';

const [prompt = 'We will', path = 'models/state-of-the-union/best'] = process.argv.slice(2);

// The server: a function of a Request to a Response, which Node's server calls through an adapter.
const handler = completionsHandler({ speech: await InferenceModel.load(path) }, { limits: { maxTokens: 200 } });
const server = createServer(getRequestListener(handler));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/completions`;
console.log(`serving at ${url}`);

// The client: a POST, and an answer that streams as `data: …` events.
const response = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'speech', prompt, max_tokens: 120, temperature: 0.5, seed: 1, stream: true }),
});
process.stdout.write(prompt);
let rest = '';
for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
  const events = (rest + chunk).split('\n\n');
  rest = events.pop() ?? '';
  for (const event of events) {
    const data = event.replace(/^data: /, '');
    if (data !== '[DONE]') process.stdout.write(JSON.parse(data).choices[0].text);
  }
}
console.log();

server.close();
await handler.close();
