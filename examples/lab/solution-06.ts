// npx tsx examples/lab/solution-06.ts [STEPS] [CORPUS]
import { adam, epochs, LanguageModel, prepareText, train } from 'babblebrook';
import { lastValueFrom, take, tap } from 'rxjs';

const [steps = '300', corpus = 'corpus/state-of-the-union.txt'] = process.argv.slice(2);
const text = await prepareText({ corpus, maxTokens: 3200 });
const model = new LanguageModel({ cell: 'lstm', tokenizer: text.tokenizer, hiddenSize: 128 });

await lastValueFrom(epochs(100, text.batches).pipe(
  train(model, { optimizer: adam({ learningRate: 0.01 }), clipNorm: 5 }),
  take(Number(steps)),
  tap((step) => {
    if (step.step !== Number(steps) - 1) return;
    const { ids, mask, size } = step.inspect().batch;
    const forget = step.inspect().gates()[0]?.['forget']?.dataSync() ?? [];
    const closed = new Map<number, { closed: number; gates: number }>();
    for (const [place, one] of mask.entries()) {
      if (one === 0 || place < size) continue;
      const read = ids[place - size] ?? 0; // at a place, the cell reads the token of the step before
      const count = closed.get(read) ?? { closed: 0, gates: 0 };
      for (let unit = 0; unit < 128; unit++) if ((forget[place * 128 + unit] ?? 1) < 0.1) count.closed++;
      closed.set(read, { closed: count.closed, gates: count.gates + 128 });
    }
    const shares = [...closed].map(([id, count]) => ({ id, ...count, share: count.closed / count.gates })).filter(({ gates }) => gates >= 20 * 128);
    const all = [...closed.values()].reduce((sum, count) => ({ closed: sum.closed + count.closed, gates: sum.gates + count.gates }));
    console.log(`below 0.1: ${((100 * all.closed) / all.gates).toFixed(1)} % of all forget gates`);
    const most = shares.sort((a, b) => b.share - a.share).slice(0, 5);
    console.log(`closed most often: ${most.map(({ id, share }) => `"${text.tokenizer.decode([id])}" ${(100 * share).toFixed(1)} %`).join('  ')}`);
  }),
));
