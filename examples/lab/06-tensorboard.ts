// npx tsx examples/lab/06-tensorboard.ts [STEPS] [DIRECTORY] [CORPUS]
import { adam, epochs, LanguageModel, logToTensorBoard, prepareText, train } from 'babblebrook';
import { lastValueFrom, take, tap } from 'rxjs';

const [steps = '300', path = 'runs/lab', corpus = 'corpus/state-of-the-union.txt'] = process.argv.slice(2);
const text = await prepareText({ corpus, maxTokens: 3200 });
const model = new LanguageModel({ cell: 'lstm', tokenizer: text.tokenizer, hiddenSize: 128 });

await lastValueFrom(epochs(100, text.batches).pipe(
  train(model, { optimizer: adam({ learningRate: 0.01 }), clipNorm: 5 }),
  take(Number(steps)),
  logToTensorBoard(path, { histogramsEvery: 50, settings: { learningRate: 0.01 } }),
  tap((step) => {
    if (step.step % 50 !== 0) return;
    // What TensorBoard draws as histograms can be read here too, while the step is being told of.
    const forget = step.inspect().gates()[0]?.['forget']?.dataSync() ?? [];
    const open = forget.filter((value) => value > 0.9).length / forget.length;
    console.log(`step ${step.step}: loss ${step.loss.toFixed(3)}, ${(100 * open).toFixed(1)} % of the forget gates above 0.9`);
  }),
));
console.log(`tensorboard --logdir ${path}`);
