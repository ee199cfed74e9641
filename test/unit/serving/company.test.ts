import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { score } from '../../../src/decoding/score.js';
import { InferenceModel } from '../../../src/inference/InferenceModel.js';
import { smallModel } from '../../support/languageModels.js';
import { serverOf } from '../../support/served.js';

// A saved model, read as the command reads it.
const dir = mkdtempSync(join(tmpdir(), 'babblebrook-company-'));
const saved = smallModel({ cell: 'gru', layers: 2, hiddenSize: 24, seed: 5 });
await saved.save(join(dir, 'model'));
saved.dispose();
const model = await InferenceModel.load(join(dir, 'model'));

test.after.always(() => rm(dir, { recursive: true, force: true }));

const REQUESTS = Array.from({ length: 40 }, (_, at) => ({
  prompt: ['', 'a', 'abcd', ['a', 'dcba'], 'abcdabcdabcdabcd'.repeat(6)][at % 5],
  seed: at,
  n: 1 + (at % 3),
  max_tokens: 1 + ((at * 7) % 60),
  logprobs: 2,
  echo: at % 2 === 0,
  ...(at % 7 === 3 ? { decoder: 'beam', beams: 4 } : { temperature: 0.5 + (at % 4) / 4 }),
}));

test('the same seed gives the same text and the same bits, whatever the company', async (t) => {
  const alone = serverOf(model);
  const together = serverOf(model, { limits: { concurrency: 17 } });
  const inCompany = await Promise.all(REQUESTS.map((fields) => together.complete(fields)));
  for (const [at, fields] of REQUESTS.entries())
    t.deepEqual(inCompany[at]?.body.choices, (await alone.complete(fields)).body.choices, JSON.stringify(fields));
});

test('log-probabilities of a prompt, and of what is generated, are those that score gives', async (t) => {
  const { complete } = serverOf(model);
  const { tokenizer } = model;
  for (const text of ['ab', 'dcbadcba', 'abcd'.repeat(30)]) {
    const prompt = [tokenizer.eosId, ...tokenizer.encode(text)];
    const { body } = await complete({ prompt, echo: true, logprobs: 1, max_tokens: 9, seed: 4 });
    const { text: whole, logprobs, finish_reason } = body.choices[0] ?? {};
    const { tokens } = await score(model, whole ?? '', { end: finish_reason === 'stop' });
    t.deepEqual(logprobs?.token_logprobs, [null, ...tokens.map(({ logProbability }) => logProbability)]);
    // Without EOS, the first token is what nothing was before.
    const bare = await complete({ prompt: text, echo: true, logprobs: 1, max_tokens: 9, seed: 4 });
    t.deepEqual(bare.body.choices[0]?.logprobs?.token_logprobs, [null, ...(logprobs?.token_logprobs.slice(2) ?? [])]);
  }
});
