import type { CellName } from '../../src/index.js';
import { tuneBackend } from '../../src/model/tuneBackend.js';
import { answerRounds } from '../train/Contestant.js';

// A contestant: CELL. It samples sentences of exactly LENGTH tokens, as the command line does.
const LENGTH = 300;
tuneBackend('decoding');
const { CharacterTokenizer, LanguageModel, sample } = await import('../../src/index.js');
const tokenizer = new CharacterTokenizer(String.fromCodePoint(...Array.from({ length: 97 }, (_, at) => 32 + at)));
const cell = process.argv[2] as CellName;
const model = new LanguageModel({ cell, tokenizer, embeddingSize: 64, hiddenSize: 256, bias: true });

let seed = 0;
await answerRounds(async () => {
  let tokens = 0;
  for await (const _ of sample(model, { minLength: LENGTH, maxLength: LENGTH, seed: ++seed })) tokens++;
  return tokens;
});
