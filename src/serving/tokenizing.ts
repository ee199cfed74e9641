import type { Tokenizer } from '../text/Tokenizer.js';
import { badField } from './ApiError.js';
import { booleanField, checkNumberField, expected, fieldsOf } from './fields.js';
import { EOS_NAME } from './tokenNames.js';

/** What a client that tokenizes itself wants to know, in the words of Hugging Face. */
export function tokenizerInfo(tokenizer: Tokenizer): object {
  return {
    tokenizer_class: tokenizer.toJSON().type,
    vocab_size: tokenizer.vocabularySize,
    // A sentence begins with the EOS of the one before it.
    bos_token: null,
    eos_token: EOS_NAME,
    eos_token_id: tokenizer.eosId,
    unk_token: null,
    unk_token_id: tokenizer.unknownId,
    pad_token: null,
    chat_template: null,
  };
}

/** The ids of a text. The name of EOS, alone, is EOS. */
export function tokenize(body: object, tokenizer: Tokenizer): object {
  const fields = fieldsOf(body);
  checkNames(fields, ['model', 'prompt', 'add_special_tokens', 'return_token_strs']);
  const prompt = fields.get('prompt');
  if (typeof prompt !== 'string') throw expected('prompt', 'a string', prompt);
  // There are none to add.
  booleanField(fields, 'add_special_tokens');
  if (booleanField(fields, 'return_token_strs'))
    throw badField('return_token_strs', 'Expected no return_token_strs: /detokenize tells the text of ids');
  const tokens = prompt === EOS_NAME ? [tokenizer.eosId] : [...tokenizer.encode(prompt)];
  return { count: tokens.length, tokens };
}

/** The text of ids. */
export function detokenize(body: object, tokenizer: Tokenizer): object {
  const fields = fieldsOf(body);
  checkNames(fields, ['model', 'tokens']);
  const tokens = fields.get('tokens');
  if (!Array.isArray(tokens)) throw expected('tokens', 'an array of ids', tokens);
  const { vocabularySize } = tokenizer;
  const rule = { integer: true, min: 0, max: vocabularySize - 1 };
  return { prompt: tokenizer.decode(tokens.map((id: unknown) => checkNumberField('tokens', id, rule))) };
}

function checkNames(fields: ReadonlyMap<string, unknown>, known: readonly string[]): void {
  for (const name of fields.keys()) if (!known.includes(name)) throw badField(name, `Expected no field ${name}`);
}
