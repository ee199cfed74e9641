import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CharacterTokenizer, generateMany, InferenceModel, LanguageModel, random, sample } from '../src/index.js';
import { printTable } from './table.js';

// How fast does `serve` answer? Clients in this process read streams of the server's, which is another process; each begins a new one
// when one is over, and leaves every third early. `npm run bench:serve [-- --clients 1,8,64,256 --seconds 20 --hidden 512]`; with
// `--minutes 30`, 64 of them watch its memory, and it fails when that grows, a sentence is stuck, or a text is not the client's own.
const { values: flags } = parseArgs({
  options: {
    clients: { type: 'string', default: '1,8,64,256' },
    seconds: { type: 'string', default: '20' },
    hidden: { type: 'string', default: '512' },
    minutes: { type: 'string' },
  },
});
/** Tokens of a whole sentence, and how many different ones clients ask for. */
const LENGTH = 300;
const SEEDS = 64;
/** How much more memory counts as flat. */
const TOLERANCE = { share: 0.05, megabytes: 20 };
const PROMPT = 'We ';
const MODEL = 'bench';

const tokenizer = new CharacterTokenizer(String.fromCodePoint(...Array.from({ length: 97 }, (_, i) => 32 + i)));
const dir = mkdtempSync(join(tmpdir(), 'babblebrook-bench-'));
const run = join(dir, MODEL);
const best = join(run, 'best');
mkdirSync(run);
const made = new LanguageModel({ cell: 'gru', tokenizer, embeddingSize: 64, hiddenSize: Number(flags.hidden) });
await made.save(best);
made.dispose();

/** What each seed gives, and how many tokens a second without a server. */
async function alone(): Promise<{ texts: string[]; speed: number; work: number }> {
  const model = await InferenceModel.load(best);
  const texts = new Array<string>(SEEDS).fill('');
  // As the clients ask for it.
  const neverEnds = (logProbabilities: Float32Array): void => {
    logProbabilities[tokenizer.eosId] = (logProbabilities[tokenizer.eosId] as number) - 100;
  };
  const options = { prompt: PROMPT, maxLength: LENGTH, processors: [neverEnds] };
  const sentences = () =>
    generateMany(model, texts, (predictor, _, index) => sample(predictor, { ...options, seed: index }), {
      concurrency: 64,
    });
  const start = performance.now();
  for await (const { index, token } of sentences()) texts[index] += token.text;
  // The first time warms up, and says what is right.
  const [repeats, warm, before] = [2, performance.now(), process.cpuUsage()];
  for (let repeat = 0; repeat < repeats; repeat++) for await (const _ of sentences());
  const seconds = (performance.now() - warm) / 1000;
  const { user, system } = process.cpuUsage(before);
  console.error(`generateMany: first ${((warm - start) / 1000).toFixed(1)} s`);
  const tokens = repeats * SEEDS * LENGTH;
  return { texts, speed: tokens / seconds, work: (user + system) / tokens };
}

const { texts, speed: withoutServer, work } = await alone();
const server = spawn(
  process.execPath,
  ['--import', 'tsx', 'scripts/serve.ts', '--run', run, '--port', '0', '--concurrency', '256'],
  { stdio: ['ignore', 'inherit', 'pipe'] },
);
const url = await new Promise<URL>((resolve) => {
  createInterface(server.stderr).on('line', (line) => {
    const found = /^serving .+ at (http:\S+)\/v1$/.exec(line)?.[1];
    if (found) resolve(new URL(found));
  });
});
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

interface Level {
  tokens: number;
  sentences: number;
  left: number;
  /** Milliseconds to the first token of each sentence. */
  readonly firsts: number[];
}

/** One sentence of a client; it leaves after so many tokens. */
function ask(seed: number, most: number, level: Level): Promise<void> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    let text = '';
    let rest = '';
    const headers = { 'content-type': 'application/json' };
    const asked = request(new URL('/v1/completions', url), { method: 'POST', agent, headers }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (!line.startsWith('data: {')) continue;
          const part = JSON.parse(line.slice('data: '.length));
          if (part.error) return reject(new Error(JSON.stringify(part.error)));
          const added: string = part.choices[0]?.text ?? '';
          if (text === '' && added !== '') level.firsts.push(performance.now() - start);
          text += added;
          level.tokens += added.length;
        }
        if (text.length < most || most >= LENGTH) return;
        level.left++;
        response.destroy();
      });
      response.on('error', () => {});
      response.on('close', () => {
        level.sentences++;
        if (texts[seed]?.startsWith(text) && (text.length === LENGTH || most < LENGTH)) resolve();
        else reject(new Error(`Expected the text of seed ${seed}, got another: ${JSON.stringify(text)}`));
      });
    });
    asked.on('error', reject);
    const logit_bias = { [tokenizer.eosId]: -100 };
    asked.end(JSON.stringify({ model: MODEL, prompt: PROMPT, max_tokens: LENGTH, seed, stream: true, logit_bias }));
  });
}

/** So many clients for so long. */
async function clients(
  count: number,
  seconds: number,
): Promise<Level & { readonly speed: number; readonly work: number }> {
  const level: Level = { tokens: 0, sentences: 0, left: 0, firsts: [] };
  const [start, before] = [performance.now(), processorTime()];
  const end = start + 1000 * seconds;
  const draws = random(count, 'clients');
  let asked = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const at = asked++;
      await ask(at % SEEDS, at % 3 === 2 ? 1 + draws.integer(at, LENGTH - 1) : LENGTH, level);
    }
  };
  await Promise.all(Array.from({ length: count }, client));
  const speed = (1000 * level.tokens) / (performance.now() - start);
  return { ...level, speed, work: (processorTime() - before) / level.tokens };
}

/** What the server has taken of processors, in microseconds: Linux counts in hundredths of a second. */
function processorTime(): number {
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return 10_000 * (Number(fields[11]) + Number(fields[12]));
}

/** What the server holds: its memory in MB, and the sentences that it has not ended. */
async function held(): Promise<{ rss: number; sentences: number }> {
  const metrics = await (await fetch(new URL('/metrics', url))).text();
  const sentences = [...metrics.matchAll(/^babblebrook_sentences_\w+\{.+\} (\d+)$/gm)];
  const [, kilobytes = 'NaN'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8')) ?? [];
  return { rss: Number(kilobytes) / 1024, sentences: sentences.reduce((sum, [, count]) => sum + Number(count), 0) };
}

async function atRest(): Promise<number> {
  for (let turn = 0; turn < 100; turn++) {
    const { rss, sentences } = await held();
    if (sentences === 0) return rss;
    await setTimeout(100);
  }
  throw new Error('Expected no sentence under way, got one that is stuck');
}

function quantile(values: readonly number[], share: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN).toFixed(0);
}

async function levels(): Promise<void> {
  const rows = [
    [`generateMany, ${SEEDS} prompts`, withoutServer.toFixed(0), '1.00', work.toFixed(0), '–', '–', '–', '–', '–'],
  ];
  for (const count of flags.clients.split(',').map(Number)) {
    const { speed, firsts, sentences, left, ...level } = await clients(count, Number(flags.seconds));
    const rss = await atRest();
    rows.push([
      `${count} clients`,
      ...[speed.toFixed(0), (speed / withoutServer).toFixed(2), level.work.toFixed(0)],
      ...[quantile(firsts, 0.5), quantile(firsts, 0.99), String(sentences), String(left), rss.toFixed(0)],
    ]);
  }
  const head = [
    ...['streaming', 'tokens/s', 'ratio', 'µs of processor a token', 'first, ms, median', '99 %'],
    ...['sentences', 'left early', 'memory, MB'],
  ];
  printTable(head, rows);
}

/** Does memory stay flat? The first third of the time warms up. */
async function soak(minutes: number): Promise<void> {
  const highest = [0, 0, 0];
  const start = performance.now();
  let sentences = 0;
  for (;;) {
    const share = (performance.now() - start) / (minutes * 60_000);
    if (share >= 1) break;
    sentences += (await clients(64, 10)).sentences;
    const third = Math.min(2, Math.floor(3 * share));
    highest[third] = Math.max(highest[third] as number, await atRest());
  }
  printTable(
    ['highest, MB', 'resident'],
    highest.map((rss, third) => [`${['first', 'second', 'last'][third]} third`, rss.toFixed(0)]),
  );
  console.log(`${sentences} sentences of 64 clients, each the client's own; none is stuck`);
  const [, before = 0, after = 0] = highest;
  if (after > before * (1 + TOLERANCE.share) + TOLERANCE.megabytes)
    throw new Error(`Expected memory to stay flat, got ${before.toFixed(0)} MB, then ${after.toFixed(0)} MB`);
}

try {
  await (flags.minutes === undefined ? levels() : soak(Number(flags.minutes)));
} finally {
  agent.destroy();
  server.kill('SIGTERM');
  await once(server, 'exit');
  rmSync(dir, { recursive: true });
}
