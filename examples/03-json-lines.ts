// Learns from a field of JSON lines, and leaves damaged records out: npx tsx examples/03-json-lines.ts [FILES] [FIELD] [STEPS]
import { adam, fit, LanguageModel, prepareText, readDocuments, sample, textOf } from 'babblebrook';
import { lastValueFrom } from 'rxjs';

const [corpus = 'examples/addresses.jsonl', field = 'text', steps = '300'] = process.argv.slice(2);

// What is there: a record is a document, and says where it is from.
const stats = { badRecords: 0 };
let records = 0;
for await (const { end } of readDocuments(corpus, { field, onBad: 'skip', stats })) if (end) records++;
console.log(`${records} records, ${stats.badRecords} left out`);

// `.jsonl`, `.csv`, `.tsv` and `.parquet`, packed with gzip or Zstandard or not, and URLs are read in the same way.
const text = await prepareText({ corpus, field, onBad: 'skip' });
const model = new LanguageModel({ cell: 'gru', tokenizer: text.tokenizer });
const end = await lastValueFrom(fit(model, { ...text, optimizer: adam({ learningRate: 3e-3 }), clipNorm: 5, until: { steps: Number(steps) } }));
if (end.type === 'end') console.log(`ended: ${end.reason}`);
console.log(await textOf(sample(model, { temperature: 0.7, maxLength: 200, seed: 1 })));
