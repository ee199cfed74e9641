import { FileFormatError } from '../../errors.js';
import { OPTIMIZERS } from '../../training/optimizers.js';
import { COMPARISON_FORMAT, type Comparison } from './Comparison.js';

/**
 * Reads a comparison from the text of a JSON file.
 * @param name where the text is from, for errors
 * @throws {FileFormatError} when it is not JSON, or not a comparison; it says where.
 */
export function parseComparison(json: string, name: string): Comparison {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new FileFormatError(`Expected ${name} to be JSON: ${(error as Error).message}`, { cause: error });
  }
  const fail: Fail = (place, expectation) => {
    throw new FileFormatError(`Expected ${name} to be a comparison, with ${place.slice(1)} ${expectation}`);
  };
  const { format } = (value ?? {}) as { format?: unknown };
  if (typeof format === 'string' && format !== COMPARISON_FORMAT && format.startsWith('babblebrook comparison'))
    throw new FileFormatError(
      `Expected ${name} to be a comparison of this version (${COMPARISON_FORMAT}), got ${format}: it must be made again`,
    );
  comparison(value, fail);
  const parsed = value as Comparison;
  const names = parsed.cells.map(({ cell }) => cell);
  for (const list of ['trials', 'runs'] as const)
    for (const [index, { cell }] of parsed[list].entries())
      if (!names.includes(cell)) fail(`.${list}[${index}].cell`, 'that is one of its cells');
  return parsed;
}

/** Says what was expected at a place. */
type Fail = (place: string, expectation: string) => never;
type Check = (value: unknown, fail: Fail, place?: string) => void;

const is =
  (expectation: string, holds: (value: unknown) => boolean): Check =>
  (value, fail, place = '') => {
    if (!holds(value)) fail(place, `that is ${expectation}`);
  };

const text = is('a string', (value) => typeof value === 'string');
const number = is('a finite number', Number.isFinite);
const truth = is('true or false', (value) => typeof value === 'boolean');
const orNone =
  (check: Check): Check =>
  (value, fail, place) => {
    if (value !== undefined) check(value, fail, place);
  };
const oneOf = (...allowed: readonly unknown[]): Check =>
  is(`one of ${allowed.join(', ')}`, (value) => allowed.includes(value));

const list =
  (item: Check, least = 0): Check =>
  (value, fail, place = '') => {
    if (!Array.isArray(value) || value.length < least) return fail(place, `that is a list of at least ${least}`);
    for (const [index, element] of value.entries()) item(element, fail, `${place}[${index}]`);
  };

const fields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value, fail, place = '') => {
    if (typeof value !== 'object' || value === null) return fail(place, 'that is an object');
    for (const [name, check] of Object.entries(checks))
      check((value as Readonly<Record<string, unknown>>)[name], fail, `${place}.${name}`);
  };

const size = fields({ sentences: number, tokens: number });

const budget: Check = (value, fail, place) =>
  fields(typeof value === 'object' && value !== null && 'minutes' in value ? { minutes: number } : { epochs: number })(
    value,
    fail,
    place,
  );

const columns: Check = (value, fail, place = '') => {
  const names = ['seconds', 'tokens', 'length', 'loss', 'gradientNorm'];
  fields(Object.fromEntries(names.map((name) => [name, list(number)])))(value, fail, place);
  const lengths = new Set(names.map((name) => (value as Readonly<Record<string, unknown[]>>)[name]?.length));
  if (lengths.size > 1) fail(place, 'that has columns of equal length');
};

const point = fields({ seconds: number, tokens: number, natsPerToken: number, bitsPerCharacter: number });
const histogram = fields({ layer: number, gate: text, range: list(number, 2), counts: list(number, 1) });
const curve = fields({ of: text, values: list(number, 1), errors: list(number) });

const comparison = fields({
  format: oneOf(COMPARISON_FORMAT),
  settings: fields({
    match: oneOf('parameters', 'hidden'),
    budget,
    embeddingSize: number,
    layers: number,
    dropout: number,
    maxTokens: number,
    optimizer: oneOf(...Object.keys(OPTIMIZERS)),
    learningRate: (value, fail, place) => (Array.isArray(value) ? list(number, 2) : number)(value, fail, place),
    clipNorm: number,
    longer: orNone(fields({ times: number, cells: list(text, 1) })),
    workers: number,
    seed: number,
    seeds: number,
    validations: number,
    forgetBias: orNone(truth),
    prompt: text,
    backend: text,
  }),
  text: fields({ vocabularySize: number, train: size, valid: size }),
  cells: list(
    fields({
      cell: text,
      equation: text,
      forgetBias: truth,
      hiddenSize: number,
      parameters: number,
      tokensPerSecond: list(number, 1),
    }),
    1,
  ),
  trials: list(
    fields({
      purpose: oneOf('search', 'forget bias', 'longer'),
      round: orNone(number),
      cell: text,
      seed: number,
      learningRate: number,
      forgetBias: number,
      steps: number,
      validation: list(point),
    }),
  ),
  runs: list(
    fields({
      cell: text,
      seed: number,
      learningRate: number,
      steps: columns,
      validation: list(point),
      gates: list(fields({ tokens: number, gates: list(histogram) })),
      gradientFlow: list(fields({ when: oneOf('before training', 'after training'), curves: list(curve) })),
      samples: list(fields({ decoder: text, text })),
    }),
  ),
});
