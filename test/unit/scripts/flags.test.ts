import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { COMMANDS } from '../../../scripts/babblebrook.js';
import { runCommand } from '../../support/runCommand.js';
import '../../support/ownProcess.js';

const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));

// Every flag of every command is used here, on a text of a few words; other tests say what comes of it.
const dir = mkdtempSync(join(tmpdir(), 'babblebrook-flags-'));
const at = (name: string): string => join(dir, name);
const lines = Array.from(
  { length: 40 },
  (_, i) => `We ${['go', 'stay', 'work'][i % 3]} on ${i % 7} days, and ${i} nights.`,
);
writeFileSync(at('text.txt'), lines.join('\n'));
writeFileSync(at('text.jsonl'), [...lines.map((said) => JSON.stringify({ said })), '{}'].join('\n'));
writeFileSync(at('more.txt'), 'Weiß er das? Er weiß es.\nIch weiß, was er weiß.');
writeFileSync(at('download'), lines.map((said) => JSON.stringify({ said })).join('\n'));
writeFileSync(at('space.json'), JSON.stringify({ layers: { oneOf: [1, 2] }, dropout: { from: 0, to: 0.5 } }));
writeFileSync(at('valid.txt'), 'We go on 9 days.\nWe work on 8 nights.');
test.after.always(() => rm(dir, { recursive: true, force: true }));

const READING = `--field said --on-bad skip --sentence-per-line --locale de --line-breaks paragraph --drop-duplicates`;
const TEXT = `--corpus ${at('text.jsonl')} ${READING} --tokenizer characters --max-tokens 400 --max-length 50`;
const FORMAT = '--format .jsonl';
const SIZES = '--hidden 6 --embedding 6 --layers 2 --dropout 0.1';

/** Command lines in which each flag stands once at least; later ones use what earlier ones made. */
const LINES = [
  `train ${TEXT} ${FORMAT} ${SIZES} --hold-out 0.2 --cell lstm --forget-bias 1 --tie-weights --initial-state learned --epochs 2
    --optimizer adamW --weight-decay 0.01 --learning-rate 0.01 --clip 1 --workers 1 --patience 1 --seed 2
    --l2 1e-6 --beta1 0 --beta2 0.99 --warmup 0.1 --final-rate 0 --average 0.9 --label-smoothing 0.1 --past-decode 0.001 --precision bfloat16 --zoneout hidden=0.05,memory=0.5 --dropout-input 0.1 --dropout-state 0.1 --dropout-embedding 0.1
    --dropout-weights 0.1 --dropout-per-sequence --dropout-epochs 4 --checkpoint-every 5 --no-tensorboard --no-passages --overwrite --backend cpu --out ${at('run')}`,
  `train ${TEXT} ${SIZES} --valid ${at('valid.txt')} --minutes 0.001 --cell minGruBlock --tensorboard --out ${at('minutes')}`,
  `train --resume --cell minGruBlock --out ${at('minutes')}`,
  `train ${TEXT} ${SIZES} --valid ${at('valid.txt')} --minutes 0.001 --fit-temperature --tensorboard --out ${at('fitted')}`,
  `train --resume --out ${at('run')}`,
  `train --init-from ${at('run')} --extend-vocabulary --corpus ${at('more.txt')} --epochs 1 --workers 1 --out ${at('more')}`,
  `train --continuous --corpus ${at('text.txt')} ${SIZES} --rows 4 --window 10 --epochs 1 --no-tensorboard --out ${at('continuous')}`,
  `generate --run ${at('continuous')} --prompt We --count 2 --max-length 9`,
  `evaluate --run ${at('continuous')} --text ${at('valid.txt')}`,
  `score --run ${at('continuous')} go`,
  `generate --run ${at('run')} --decoder sample --prompt We --count 2 --max-length 9 --min-length 2 --stop ght --omit-stop
    --repetition-penalty 1.1 --block-ngram 5 --temperature 0.8 --top-k 9 --top-p 0.9 --min-p 0.01 --seed 3 --json --backend cpu`,
  `generate --run ${at('run')} --decoder beam --beams 3 --length-penalty 0.5 --max-length 9 --show-beams`,
  `evaluate --run ${at('run')} --text ${at('download')} ${READING} ${FORMAT} --backend cpu`,
  `score --run ${at('run')} --prompt We --json --backend cpu go`,
  `tokenizer --corpus ${at('download')} ${READING} ${FORMAT} --vocabulary 40 --model bpe --coverage 0.99 --overwrite --out ${at('a.model')}`,
  `tokenizer --corpus ${at('text.txt')} --vocabulary 300 --byte-fallback --keep-white-space --out ${at('b.model')}`,
  `compare ${TEXT} ${FORMAT} ${SIZES} --hold-out 0.2 --cells rnn --match hidden --seeds 1 --seed 2 --epochs 1 --optimizer sgd --clip 1
    --learning-rate 0.1 --workers 1 --validations 1 --prompt We --backend cpu --overwrite --out ${at('compared')}`,
  `compare --resume --longer 2 --longer-cells rnn --out ${at('compared')}`,
  `compare --redraw --out ${at('compared')}`,
  `compare ${TEXT} ${SIZES} --valid ${at('valid.txt')} --cells residualRnn --seeds 1 --minutes 0.001 --tune --rates 0.01,0.02 --no-forget-bias
    --out ${at('tuned')}`,
  `tune ${TEXT} ${FORMAT} --hold-out 0.2 --cell rnn --hidden 6 --hours 0.00003 --minutes 0.001 --seed 2 --workers 1 --backend cpu
    --space ${at('space.json')} --log ${at('trials.jsonl')}`,
  `tune --continuous --corpus ${at('text.txt')} --valid ${at('valid.txt')} --rows 4 --window 10 --hidden 6 --workers 1
    --hours 0.00003 --minutes 0.001 --log ${at('more.jsonl')}`,
  `export --run ${at('run')} --precision float16 --overwrite --backend cpu --out ${at('exported')}`,
  `serve --run ${at('run')} --host 127.0.0.1 --port 0 --api-key k --cors https://a.example --concurrency 3 --queue 3 --max-tokens 9
    --timeout 9 --backend inference --no-page`,
  'doctor --backend cpu',
].map((line) => line.split(/\s+/));

/** Not used here, as it installs what is missing: test/process/commands/doctor.test.ts does, where nothing is. */
const ELSEWHERE = ['doctor --fix'];

// Those of cluster need a server: test/unit/cluster/command.test.ts uses them; those of page a page that is built: test/slow/page.test.ts.
for (const { name, options } of commands.filter((one) => !['cluster', 'page'].includes(one.name)))
  test(`every flag of ${name} is used`, (t) => {
    const used = LINES.filter(([command]) => command === name).flat();
    const unused = options.filter(({ long }) => !used.includes(long ?? '') && !ELSEWHERE.includes(`${name} ${long}`));
    t.deepEqual(
      unused.map(({ long }) => long),
      [],
    );
  });

for (const line of LINES)
  test.serial(line.join(' ').replaceAll(dir, ''), async (t) => {
    // A server ends when it is told to, here at once.
    const signal = line[0] === 'serve' ? AbortSignal.abort(0) : undefined;
    const { code, stderr } = await runCommand(line, signal && { signal });
    t.is(code, 0, stderr);
  });
