import { DEFAULT_HOLD_OUT } from '../../src/defaults.js';
import {
  type PreparedText,
  prepareText,
  SentencePieceTokenizer,
  type SentenceReading,
  type TextOptions,
} from '../../src/index.js';
import type { Invocation } from './Command.js';
import { checkTokenizer } from './checkTokenizer.js';
import { sentenceFlags } from './sentenceFlags.js';
import { spoolStandardInput } from './spoolStandardInput.js';
import type { TrainFlags } from './TrainFlags.js';

/** The flags that say what to read, and how to make batches of it. */
export type TextFlags = Pick<
  TrainFlags,
  | 'corpus'
  | Exclude<keyof SentenceReading, 'stats'>
  | 'valid'
  | 'holdOut'
  | 'tokenizer'
  | 'maxTokens'
  | 'maxLength'
  | 'seed'
>;

/**
 * The text that flags name, ready to train on, with their tokenizer or another; tells on standard error where few sentences make
 * another share of them be held out than was asked for.
 */
export async function preparedText(
  flags: TextFlags,
  { stdin, stderr }: Pick<Invocation, 'stdin' | 'stderr'>,
  other?: TextOptions['tokenizer'],
): Promise<PreparedText> {
  const { maxTokens, maxLength, seed } = flags;
  const texts = await textsOf(flags, stdin, other);
  const { holdOut } = texts;
  const text = await prepareText({ ...sentenceFlags(flags), ...texts, maxTokens, maxLength, seed });
  if (holdOut !== undefined && text.heldOut !== holdOut)
    stderr.write(
      `a share of ${holdOut} leaves one side without a sentence: one is ${text.heldOut > holdOut ? 'held out' : 'left to train on'}\n`,
    );
  return text;
}

/** The texts that flags name, those that can be read once as files, and the tokenizer that is wanted for them. */
export async function textsOf(
  flags: TextFlags,
  stdin: Invocation['stdin'],
  other: TextOptions['tokenizer'],
): Promise<Pick<TextOptions, 'corpus' | 'validation' | 'holdOut' | 'tokenizer'>> {
  const spooled = (files: readonly string[]) => spoolStandardInput(files, stdin, flags);
  const corpus = await spooled(flags.corpus);
  const validation = flags.valid === undefined ? undefined : await spooled([flags.valid]);
  const tokenizer = other ?? (await tokenizerOf(flags.tokenizer));
  return { corpus, validation, holdOut: shareHeldOut(flags), tokenizer };
}

/** The share that is held out for validation, as it was asked for; none where that is a text of its own, for which old runs have 0. */
export function shareHeldOut({ valid, holdOut = DEFAULT_HOLD_OUT }: TextFlags): number | undefined {
  return valid === undefined ? holdOut : undefined;
}

/**
 * The tokenizer of `--tokenizer`: `auto`, `characters`, `sentencepiece:N` learned from the sentences, or a `.model` file.
 * @throws {InvalidArgumentError} when it names none of these.
 */
async function tokenizerOf(name: string): Promise<TextOptions['tokenizer']> {
  if (name === 'characters' || name === 'auto') return name;
  const [, pieces] = /^sentencepiece:(\d+)$/.exec(name) ?? [];
  if (pieces !== undefined) return { pieces: Number(pieces) };
  checkTokenizer(name);
  return SentencePieceTokenizer.load(name);
}
