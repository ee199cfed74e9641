import { readFileSync } from 'node:fs';
import type { Option } from 'commander';
import { describe, FileFormatError, InvalidArgumentError } from '../../../src/errors.js';
import { drawSettings, type Range, type SearchSpace } from '../../../src/lab.js';
import { checkCell } from '../checkCell.js';
import { flagOf } from '../flagOf.js';
import { LEFT_OUT_AT_ZERO, SEARCHABLE } from './space.js';

/** Sizes are whole: a draw from a range is not. */
const WHOLE: readonly string[] = ['hidden', 'embedding', 'layers'];

/**
 * The space that a file declares: `{ "hidden": { "oneOf": [128, 256] }, "dropout": { "from": 0, "to": 0.5 } }`.
 * @param options the flags of `train`, which say what values they take
 * @throws {FileFormatError} when the file cannot be read, or holds no JSON.
 * @throws {InvalidArgumentError} when it declares no space of flags that can be searched, or values that a flag does not take.
 */
export function readSpace(file: string, options: readonly Option[]): SearchSpace {
  const declared = objectIn(file);
  const names = Object.keys(declared);
  if (names.length === 0) throw new InvalidArgumentError(`Expected ${file} to name a setting at least, got none`);
  for (const [name, range] of Object.entries(declared)) {
    if (!(SEARCHABLE as readonly string[]).includes(name))
      throw new InvalidArgumentError(`Expected settings of ${file} to be of ${SEARCHABLE.join(', ')}; got ${name}`);
    checkRange(name, range, file);
    const values = 'oneOf' in range ? range.oneOf : [range.from, range.to];
    const flag = options.find((one) => one.attributeName() === name);
    for (const value of values) checkValue(name, value, flag, file);
  }
  return declared;
}

function objectIn(file: string): SearchSpace {
  let declared: unknown;
  try {
    declared = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new FileFormatError(`Expected --space to be a file of JSON, got ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (typeof declared !== 'object' || declared === null || Array.isArray(declared))
    throw new InvalidArgumentError(`Expected ${file} to hold an object of settings, got ${describe(declared)}`);
  return declared as SearchSpace;
}

function checkRange(name: string, range: Range, file: string): void {
  try {
    drawSettings({ [name]: range }, 1, 0);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}, in ${file}`, { cause: error });
  }
  const allowed = 'oneOf' in range ? ['oneOf'] : ['from', 'to', 'logarithmic'];
  const other = Object.keys(range).find((member) => !allowed.includes(member));
  if (other !== undefined)
    throw new InvalidArgumentError(`Expected ${name} of ${file} to have ${allowed.join(', ')} alone, got ${other}`);
  if (WHOLE.includes(name) && !('oneOf' in range))
    throw new InvalidArgumentError(
      `Expected ${name} of ${file} to be { "oneOf": [...] }, as sizes are whole; got a range`,
    );
}

/** @throws {InvalidArgumentError} when a flag does not take a value. */
function checkValue(name: string, value: number | boolean | string, flag: Option | undefined, file: string): void {
  if (value === 0 && LEFT_OUT_AT_ZERO.includes(name)) return;
  const refused = (why: string) =>
    new InvalidArgumentError(
      `Expected ${name} of ${file} to have values of ${flagOf(name)}, got ${describe(value)}: ${why}`,
    );
  if (flag?.isBoolean()) {
    if (typeof value !== 'boolean') throw refused('true or false');
  } else if (flag?.argChoices || !flag?.parseArg) {
    if (typeof value !== 'string') throw refused('a text');
    if (name === 'cell') checkCell(value);
    if (flag?.argChoices && !flag.argChoices.includes(value)) throw refused(`one of ${flag.argChoices.join(', ')}`);
  } else {
    let read: unknown;
    try {
      read = flag.parseArg(String(value), undefined);
    } catch (error) {
      throw refused((error as Error).message);
    }
    if (typeof value !== typeof read) throw refused(typeof read === 'string' ? 'a text' : 'a number');
  }
}
