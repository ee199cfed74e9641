// npx tsx examples/lab/10-pieces.ts [CORPUS] [VOCABULARY SIZES]
import { CharacterTokenizer, pipeline, readText, SentencePieceTokenizer, splitSentences, type Tokenizer } from 'babblebrook';

const [corpus = 'corpus/state-of-the-union.txt', sizes = '300,1000,4000'] = process.argv.slice(2);
const sentences = pipeline(readText(corpus), splitSentences());
const tokenizers: Record<string, Tokenizer> = { characters: await CharacterTokenizer.fromStream(readText(corpus)) };
for (const size of sizes.split(',')) tokenizers[`${size} pieces`] = await SentencePieceTokenizer.train(sentences, { vocabularySize: Number(size) });

for (const [name, tokenizer] of Object.entries(tokenizers)) {
  let [tokens, count] = [0, 0];
  for await (const sentence of sentences) {
    tokens += tokenizer.encode(sentence).length + 1; // and EOS
    count++;
  }
  const shown = [...tokenizer.encode('My fellow Americans, the state of our Union is strong.')].map((id) => tokenizer.decode([id]));
  console.log(`${name.padEnd(12)} ${tokenizer.vocabularySize} ids, ${(tokens / count).toFixed(1)} tokens a sentence: ${shown.join('|')}`);
}
