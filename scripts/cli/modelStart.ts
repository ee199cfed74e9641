import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Cell,
  type CellName,
  FileFormatError,
  type FoundCheckpoint,
  hasRecurrentWeights,
  InvalidArgumentError,
  LanguageModel,
  type LoadOptions,
  type ModelOptions,
  RunDirectory,
  type TextOptions,
  tokenizerFromJSON,
} from '../../src/index.js';
import type { Streams } from './Command.js';
import { asksForDropout, type DropoutFlags, dropoutOf, flagsOfDropout } from './dropoutFlags.js';
import { flagOf } from './flagOf.js';
import { knownTokenizer } from './knownTokenizer.js';
import { loadCell } from './loadCell.js';
import { recipeOf } from './recipe.js';
import type { TrainFlags } from './TrainFlags.js';
import { textOfZoneout, zoneoutOf } from './zoneoutFlag.js';

/** What a training begins with. */
export interface ModelStart<Flags> {
  /** The flags, with what they say of a model that is there already. */
  readonly flags: Flags;
  /** What the model is made of. */
  readonly options: ModelOptions;
  /** Where no flag says it. */
  readonly tokenizer?: TextOptions['tokenizer'];
  /** The model of `--init-from`, as it was saved. */
  readonly model?: LanguageModel;
}

/**
 * What a training begins with: a new model, the one of `--init-from`, or where a run goes on, what it began with.
 * @param asked the names of the flags that somebody has set: these must say of a model of `--init-from` what it is
 * @throws {InvalidArgumentError} when they do not, or its vocabulary cannot be extended.
 * @throws {FileFormatError} when it cannot be loaded.
 */
export async function modelStart<Flags extends TrainFlags>(
  flags: Flags,
  {
    found,
    asked,
    stderr,
  }: { found: FoundCheckpoint | undefined; asked: ReadonlySet<string> } & Pick<Streams, 'stderr'>,
): Promise<ModelStart<Flags>> {
  const { initFrom, seed } = flags;
  if (initFrom === undefined) {
    const { embedding: embeddingSize, hidden: hiddenSize, layers, forgetBias, tieWeights, initialState } = flags;
    // What a run began with is in its checkpoint: a cell of that name, or its file, may have become another since.
    const cell = found?.cell ?? (await loadCell(flags.cell));
    const sizes = { embeddingSize, hiddenSize, layers, forgetBias, tieWeights, initialState };
    const all = asksForDropout(asked) ? flags : { ...flags, ...recipeDropout(flags, cell) };
    const [dropout, zoneout] = [dropoutOf(all), zoneoutOf(all.zoneout)];
    const options = { cell, ...sizes, dropout, zoneout, seed };
    // What `auto` makes of a text may be another since.
    const isKnown = found && flags.tokenizer === 'auto';
    return isKnown
      ? { flags: all, options, tokenizer: await tokenizerFromJSON(found.checkpoint.tokenizer) }
      : { flags: all, options };
  }
  if (found) {
    const { config, tokenizer } = found.checkpoint;
    return { flags, options: { ...config, cell: found.cell }, tokenizer: await tokenizerFromJSON(tokenizer) };
  }
  if (asked.has('dropoutEpochs') && !asksForDropout(asked))
    throw new InvalidArgumentError(
      'Expected --dropout-epochs beside a flag that says what to drop, such as --dropout, as --init-from has dropout of its own; got it alone',
      { options: ['dropoutEpochs'] },
    );
  const model = await load(initFrom, { seed, dropout: asksForDropout(asked) ? dropoutOf(flags) : undefined });
  try {
    const ofModel = flagsOfModel(model, flags, initFrom, asked);
    const options = { ...model.config, cell: model.cell };
    return { flags: { ...flags, ...ofModel }, options, tokenizer: knownTokenizer(model, flags, stderr), model };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** What is dropped of the state, and over how many epochs all rises, where no flag says what to drop. */
function recipeDropout(flags: TrainFlags, cell: CellName | Cell): Pick<DropoutFlags, 'dropoutState' | 'dropoutEpochs'> {
  const recipe = recipeOf(flags);
  const { embedding, hidden, dropoutEpochs = recipe.dropoutEpochs } = flags;
  const isForState = hasRecurrentWeights(cell, { input: embedding, hidden });
  return { dropoutState: flags.dropoutState ?? (isForState ? recipe.dropoutState : undefined), dropoutEpochs };
}

async function load(path: string, options: LoadOptions): Promise<LanguageModel> {
  try {
    // Models that come with the package have the directory of a run's best, and no settings.
    const isRun = path !== '' && (existsSync(join(path, 'best')) || (await RunDirectory.settings(path)) !== undefined);
    return await (isRun ? RunDirectory.loadBest(path, options) : LanguageModel.load(path, options));
  } catch (error) {
    if (!(error instanceof FileFormatError || error instanceof InvalidArgumentError)) throw error;
    throw new FileFormatError(
      `Expected --init-from to be a saved model, or a run that has one, got ${path}: ${error.message}`,
      { cause: error },
    );
  }
}

/** The flags that say what the model is. */
function flagsOfModel(
  { config, tokenizer }: LanguageModel,
  flags: TrainFlags,
  path: string,
  asked: ReadonlySet<string>,
): Partial<TrainFlags> {
  const { cell, hiddenSize: hidden, embeddingSize: embedding, layers, tieWeights, initialState, forgetBias } = config;
  const zoneout = textOfZoneout(config.zoneout);
  const ofModel = { cell, hidden, embedding, layers, tieWeights, initialState, forgetBias, zoneout };
  for (const [name, value] of Object.entries(ofModel)) {
    // `0.10` is 0.1, and 0 none.
    const got =
      name === 'zoneout' ? textOfZoneout(zoneoutOf(flags.zoneout) || undefined) : flags[name as keyof TrainFlags];
    if (asked.has(name) && got !== value)
      throw new InvalidArgumentError(
        `Expected ${flagOf(name)} to be ${value ?? 'left out'}, as the model in ${path} has it, got ${got}. Without it, the training goes on from that model`,
      );
  }
  const type = tokenizer.toJSON().type;
  return {
    ...ofModel,
    ...flagsOfDropout(config.dropout),
    ...recipeOfTokens({ ...flags, tokenizer: type }, asked),
    tokenizer: type,
  };
}

/** What the recipe for tokens of these flags says of how they are learned, where no flag does. */
function recipeOfTokens(flags: TrainFlags, asked: ReadonlySet<string>): Partial<TrainFlags> {
  const { maxTokens, window, learningRate } = recipeOf(flags);
  const recipe = { maxTokens, window, learningRate };
  return Object.fromEntries(Object.entries(recipe).filter(([name]) => !asked.has(name)));
}
