import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { nesterov } from '../../src/cluster.js';
import {
  type Batch,
  batchSentences,
  batchWindows,
  CharacterTokenizer,
  evaluate,
  pipeline,
  readSentences,
  tokenizeText,
} from '../../src/index.js';
import { printTable } from '../table.js';
import type { TextPiece } from './convergence/TurnMember.js';
import { trainInTurns } from './convergence/trainInTurns.js';

/** Rows of text that goes on, so that a batch has as many tokens as one of sentences. */
const ROWS = 16;

/** What was trained, and what came of it. */
interface Outcome {
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly tokens: number;
  readonly steps: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly natsPerToken: number;
}

/**
 * What a model learns in rounds, by what it learns alone, at equal tokens of all members together: members take turns in this process, and are merged as rounds are. One
 * member with `--every 0` is a training without rounds.
 */
export async function convergence(args: string[]): Promise<void> {
  const { values: flags } = parseArgs({
    args,
    options: {
      train: { type: 'string', default: 'corpus/trump-speeches.txt' },
      /** Default: the last tenth of the text is held out. */
      valid: { type: 'string' },
      'sentence-per-line': { type: 'boolean', default: false },
      /** The text goes on, in rows whose state is carried. */
      continuous: { type: 'boolean', default: false },
      members: { type: 'string', default: '1,2,4' },
      /** Steps of a round. */
      every: { type: 'string', default: '0,10,50,100' },
      /** Rate and momentum of the outer step: `0.7:0.9`, one or several. */
      outer: { type: 'string', default: '0.7:0.9' },
      tokens: { type: 'string', default: '4000000' },
      'max-tokens': { type: 'string', default: '1600' },
      cell: { type: 'string', default: 'lstm' },
      hidden: { type: 'string', default: '256' },
      'learning-rate': { type: 'string', default: '0.005' },
      /** Of the text, in characters. */
      piece: { type: 'string', default: '50000' },
      seed: { type: 'string', default: '1' },
      /** JSON lines of what came of each; what stands there is not done again. */
      results: { type: 'string' },
    },
  });
  const numbers = (list: string): number[] => list.split(',').map(Number);
  const text = readFileSync(flags.train, 'utf8');
  const [learned, held] = flags.valid === undefined ? ninths(text) : [text, readFileSync(flags.valid, 'utf8')];
  const sentencesOf = (piece: string) =>
    readSentences(pipeline([piece]), { sentencePerLine: flags['sentence-per-line'] });
  const tokenizer = await CharacterTokenizer.fromStream([text]);
  const maxTokens = Number(flags['max-tokens']);
  const batchesOf = (piece: string, epoch: number): AsyncIterable<Batch> =>
    flags.continuous
      ? pipeline(
          [piece],
          tokenizeText(tokenizer),
          batchWindows(tokenizer, { size: ROWS, length: maxTokens / ROWS, seed: epoch }),
        )
      : batchSentences(sentencesOf(piece), tokenizer, { maxTokens, seed: epoch });
  const valid = (): AsyncIterable<Batch> =>
    flags.continuous
      ? pipeline([held], tokenizeText(tokenizer), batchWindows(tokenizer, { size: ROWS, length: 256, warmUp: 1000 }))
      : batchSentences(sentencesOf(held), tokenizer);
  const pieces = cut(learned, Number(flags.piece)).map(
    (piece): TextPiece =>
      (epoch) =>
        batchesOf(piece, epoch),
  );
  const known = new Map(
    flags.results && existsSync(flags.results)
      ? readFileSync(flags.results, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line): [string, Outcome] => [JSON.stringify(JSON.parse(line).settings), JSON.parse(line)])
      : [],
  );
  const rows: string[][] = [];
  let alone: number | undefined;
  for (const members of numbers(flags.members))
    for (const every of numbers(flags.every))
      for (const outer of every === 0 ? ['1:0'] : flags.outer.split(',')) {
        // Without rounds, there is one member.
        if (every === 0 && members > 1) continue;
        const { train, continuous, cell } = flags;
        const settings = {
          ...{ train, continuous, members, every, outer, tokens: Number(flags.tokens), maxTokens, cell },
          ...{ hidden: Number(flags.hidden), learningRate: Number(flags['learning-rate']), piece: Number(flags.piece) },
          seed: Number(flags.seed),
        };
        const key = JSON.stringify(settings);
        const run = async (): Promise<Outcome> => {
          const began = performance.now();
          const [learningRate = 1, momentum = 0] = outer.split(':').map(Number);
          const { model, ...done } = await trainInTurns({
            ...settings,
            cell: cell === 'gru' ? 'gru' : 'lstm',
            ...{ tokenizer, pieces, carryState: continuous, clipNorm: continuous ? 1 : 5 },
            every: every === 0 ? Infinity : every,
            outer: nesterov({ learningRate, momentum }),
          });
          const { natsPerToken } = await evaluate(model, valid());
          model.dispose();
          return { settings, ...done, seconds: (performance.now() - began) / 1000, natsPerToken };
        };
        const outcome = known.get(key) ?? (await run());
        if (!known.has(key) && flags.results) appendFileSync(flags.results, `${JSON.stringify(outcome)}\n`);
        const { steps, rounds, natsPerToken } = outcome;
        if (every === 0) alone = natsPerToken;
        const by = alone === undefined ? '' : (natsPerToken - alone).toFixed(3);
        const names = every === 0 ? ['without rounds', ''] : [`${every}`, outer];
        rows.push([`${members}`, ...names, `${steps}`, `${rounds}`, natsPerToken.toFixed(3), by]);
        console.error(rows.at(-1)?.join(' | '));
      }
  printTable(['members', 'steps a round', 'rate:momentum', 'steps', 'rounds', 'nats per token', 'by alone'], rows);
}

/** The first nine tenths of a text's characters, and the rest. */
function ninths(text: string): [string, string] {
  const at = Math.floor((text.length * 9) / 10);
  return [text.slice(0, at), text.slice(at)];
}

/** Pieces of about so many characters, cut at line ends. */
function cut(text: string, size: number): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from + size - 1);
    const to = end < 0 ? text.length : end + 1;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}
