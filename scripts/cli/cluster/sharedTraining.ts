import { type Cluster, jobPieces, keepOnce, keptValue } from '../../../src/cluster.js';
import {
  CharacterTokenizer,
  InvalidArgumentError,
  type Pipeline,
  readSentences,
  SentencePieceTokenizer,
  type Tokenizer,
  type TokenizerJSON,
  tokenizerFromJSON,
} from '../../../src/index.js';
import type { Invocation } from '../Command.js';
import { flagOf } from '../flagOf.js';
import { type ClusterFlags, SHARED_FLAGS, type SharedFlags } from './ClusterFlags.js';

/** Under this name, it is kept for all members. */
const KEPT = 'training';

interface Kept {
  readonly flags: SharedFlags;
  readonly tokenizer: TokenizerJSON;
}

/** What all members of a training share. */
export interface SharedTraining {
  readonly flags: SharedFlags;
  readonly tokenizer: Tokenizer;
}

/**
 * The flags and the tokenizer of a training: those of whoever began it, and where nobody has, these.
 * @throws {InvalidArgumentError} when a flag stands on the command line that is another one there.
 */
export async function sharedTraining(
  cluster: Cluster,
  given: ClusterFlags,
  { typed, stderr }: Invocation,
): Promise<SharedTraining> {
  const own = Object.fromEntries(SHARED_FLAGS.map((name) => [name, given[name]])) as unknown as SharedFlags;
  const found = await keptValue<Kept>(cluster, KEPT);
  const kept =
    found ?? (await keepOnce<Kept>(cluster, KEPT, { flags: own, tokenizer: await makeTokenizer(cluster, own) }));
  const flags = kept.flags;
  for (const name of SHARED_FLAGS)
    if (typed.has(name) && flags[name] !== given[name])
      throw new InvalidArgumentError(
        `Expected ${flagOf(name)} to be ${flags[name]}, as the training ${cluster.name} has it, got ${given[name]}`,
      );
  if (found) stderr.write(`joins the training ${cluster.name}, with its flags\n`);
  return { flags, tokenizer: await tokenizerFromJSON(kept.tokenizer) };
}

/** The sentences of a piece. */
export function sentencesOf(
  piece: AsyncIterable<string>,
  { sentencePerLine, locale, lineBreaks }: SharedFlags,
): Pipeline<string> {
  return readSentences(piece, { sentencePerLine, locale, lineBreaks });
}

/** The sentences of all pieces, or of so many of them. */
export async function* sentencesOfAll(cluster: Cluster, flags: SharedFlags, atMost?: number): AsyncGenerator<string> {
  for await (const piece of jobPieces(cluster, { atMost })) yield* sentencesOf(piece, flags);
}

async function makeTokenizer(cluster: Cluster, flags: SharedFlags): Promise<TokenizerJSON> {
  const { tokenizer } = flags;
  const [, pieces] = /^sentencepiece:(\d+)$/.exec(tokenizer) ?? [];
  if (pieces === undefined && tokenizer !== 'characters')
    return (await SentencePieceTokenizer.load(tokenizer)).toJSON();
  const sentences = sentencesOfAll(cluster, flags);
  const made =
    pieces === undefined
      ? CharacterTokenizer.fromStream(sentences)
      : SentencePieceTokenizer.train(sentences, { vocabularySize: Number(pieces) });
  return (await made).toJSON();
}
