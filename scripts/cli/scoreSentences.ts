import { type Score, score, type TokenPredictor } from '../../src/decoding.js';
import { InvalidArgumentError } from '../../src/errors.js';
import type { ScoreFlags } from '../score.js';
import type { Invocation } from './Command.js';
import { isContinuous } from './isContinuous.js';
import { loadPredictor } from './loadPredictor.js';
import { print } from './print.js';

/** Prints how probable a run's best model finds sentences; without sentences, the lines of standard input, or all of it where the
 * run learned text that goes on. */
export async function scoreSentences(
  { run, prompt, json, backend }: ScoreFlags,
  { operands, stdin, stdout }: Invocation,
): Promise<void> {
  const { model, dispose } = await loadPredictor(run, backend);
  try {
    const continuous = isContinuous(run);
    const sentences = operands.length > 0 ? operands : await (continuous ? wholeOf(stdin) : linesOf(stdin));
    let isFirst = true;
    for await (const sentence of sentences) {
      if (continuous && sentence === '') throw new InvalidArgumentError('Expected text to score, got none');
      const scored = await score(model, sentence, { prompt, end: !continuous });
      if (json)
        await print(stdout, `${JSON.stringify({ sentence, ...summary(scored), tokens: scored.tokens.map(shown) })}\n`);
      else await print(stdout, `${isFirst ? '' : '\n'}${table(model, scored)}`);
      isFirst = false;
    }
  } finally {
    dispose();
  }
}

async function linesOf(stdin: Invocation['stdin']): Promise<AsyncIterable<string>> {
  const { pipeline, readText, splitLines } = await import('../../src/pipeline.js');
  return pipeline(readText(stdin), splitLines());
}

/** All of standard input as it stands. */
async function wholeOf(stdin: Invocation['stdin']): Promise<string[]> {
  const { readText } = await import('../../src/pipeline.js');
  let text = '';
  for await (const chunk of readText(stdin)) text += chunk;
  return [text];
}

/** A token as it is printed. */
interface ShownToken {
  readonly id: number;
  readonly text: string;
  /** Nats. */
  readonly logProbability: number;
}

function shown({ id, text, logProbability }: ShownToken): ShownToken {
  return { id, text, logProbability };
}

/** The sentence as a whole: the sum in nats, the mean a token, and its exponential. */
function summary({ tokens, logProbability }: Score) {
  const natsPerToken = -logProbability / tokens.length;
  return { logProbability, natsPerToken, perplexity: Math.exp(natsPerToken) };
}

/** A line a token: its probability, its log-probability in nats, and its text; then the sums. */
function table<State>(model: TokenPredictor<State>, scored: Score): string {
  const { logProbability, natsPerToken, perplexity } = summary(scored);
  const rows = scored.tokens.map(({ id, text, logProbability: nats }) => {
    const { eosId, unknownId } = model.tokenizer;
    const name = id === eosId ? '(end)' : id === unknownId ? '(unknown)' : JSON.stringify(text);
    return `${probability(nats)}  ${nats.toFixed(3).padStart(8)}  ${name}`;
  });
  return [
    'probability      nats  token',
    ...rows,
    `${logProbability.toFixed(3)} nats in ${scored.tokens.length} tokens: ${natsPerToken.toFixed(3)} nats/token, perplexity ${perplexity.toFixed(2)}`,
    '',
  ].join('\n');
}

/** Eleven characters wide, three digits of it. */
function probability(nats: number): string {
  const value = Math.exp(nats);
  return (value >= 0.001 ? value.toFixed(4) : value.toExponential(2)).padStart(11);
}
