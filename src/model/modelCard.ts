import type { Cell } from '../cells/cell.js';
import { equationOf } from '../cells/equationOf.js';
import { withZoneout } from '../cells/zoneout.js';
import { checkNumber, invalid } from '../errors.js';
import type { Precision } from './inPrecision.js';
import { type ModelConfig, sizesOf } from './ModelConfig.js';

/** What is known of a training, for the model's README: `{ 'validation loss, nats per token': 1.17, corpus: 'speech.txt' }`. */
export type TrainingMetrics = Readonly<Record<string, string | number>>;

/** What a model's README tells. */
export interface ModelCard {
  readonly cell: Cell;
  readonly config: ModelConfig;
  readonly tokenizerType: string;
  readonly vocabularySize: number;
  /** How many numbers were learned. */
  readonly parameters: number;
  /** What they are saved as. */
  readonly precision: Precision;
  readonly metrics: TrainingMetrics | undefined;
}

/**
 * The `README.md` of a saved model: what it is, its cell's equation, the training's metrics, how to load it.
 * @throws {InvalidArgumentError} when `metrics` is no object, or a figure neither a text nor a finite number.
 */
export function modelCard({
  cell,
  config,
  tokenizerType,
  vocabularySize,
  parameters,
  precision,
  metrics,
}: ModelCard): string {
  if (metrics !== undefined && (typeof metrics !== 'object' || metrics === null))
    throw invalid('metrics', 'an object of numbers and texts', metrics);
  const known = Object.entries(metrics ?? {}).map(([name, value]) => [name, figureText(name, value)] as const);
  const facts = {
    'numbers learned': parameters.toLocaleString('en'),
    precision,
    tokenizer: tokenizerType,
    vocabularySize,
    ...config,
  };
  return [
    `# A language model: ${config.cell}, ${config.layers} × ${config.hiddenSize}`,
    'A recurrent language model saved by babblebrook.',
    table('what', 'value', Object.entries(facts)),
    ...equationSection(cell, config),
    '## Training',
    known.length > 0 ? table('figure', 'value', known) : 'No figures were given when it was saved.',
    '## Use',
    ['```ts', "const model = await LanguageModel.load('this directory');", '```'].join('\n'),
    '`cell.json` has the equation of the cell. Names and layout of `model.safetensors` are those of PyTorch, where it has a module of that equation.',
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

/** What the cell computes outside of training: in LaTeX, which GitHub shows as mathematics, and which weight is what in it. */
function equationSection(cell: Cell, config: ModelConfig): string[] {
  const sizes = sizesOf(config, 0);
  const decoding = config.zoneout === undefined ? cell : withZoneout(cell, sizes, config.zoneout).decoding;
  const { equation } = equationOf(decoding, 'latex', sizes);
  const { weights } = equationOf(decoding, 'unicode', sizes);
  return [
    '## The cell',
    ...(cell.source === undefined ? [] : [cellText(cell.source)]),
    ['```math', equation, '```'].join('\n'),
    table('weight of the library', 'in the equation', Object.entries(weights)),
  ];
}

function table(left: string, right: string, rows: readonly (readonly [string, unknown])[]): string {
  const lines = [[left, right], ['---', '---'], ...rows];
  return lines.map(([name, value]) => `| ${cellText(name)} | ${cellText(value)} |`).join('\n');
}

/** A text within a cell of a table. */
function cellText(value: unknown): string {
  return (typeof value === 'object' ? JSON.stringify(value) : String(value))
    .replaceAll('|', '\\|')
    .replaceAll(/\s+/g, ' ');
}

function figureText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') throw invalid(`metrics[${JSON.stringify(name)}]`, 'a text or a number', value);
  return String(checkNumber(`metrics[${JSON.stringify(name)}]`, value));
}
