import { describe } from '../errors.js';
import { badField } from './ApiError.js';

/** The fields of a body, by name; those that are `null` are left out. */
export type Fields = ReadonlyMap<string, unknown>;

/** What a number of a field must be; bounds are inclusive, `above` is not. */
interface FieldRule {
  readonly integer?: boolean | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly above?: number | undefined;
}

/** The fields of a body that say something: `null` is as good as nothing. */
export function fieldsOf(body: object): Fields {
  return new Map(Object.entries(body).filter(([, value]) => value !== null));
}

/**
 * A field that is a number.
 * @throws {ApiError} 400 when it is none that the rule allows.
 */
export function numberField<T>(fields: Fields, name: string, rule: FieldRule, byDefault: T): number | T {
  const value = fields.get(name);
  return value === undefined ? byDefault : checkNumberField(name, value, rule);
}

/** Checks a number of a body, which `param` names. */
export function checkNumberField(param: string, value: unknown, rule: FieldRule): number {
  const { integer = false, min = -Infinity, max = Infinity, above = -Infinity } = rule;
  if (
    typeof value === 'number' &&
    (integer ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    value >= min &&
    value <= max &&
    value > above
  )
    return value;
  const bounds = [
    above > -Infinity && `above ${above}`,
    min > -Infinity && `of at least ${min}`,
    max < Infinity && `of at most ${max}`,
  ].filter(Boolean);
  throw expected(param, [integer ? 'an integer' : 'a number', bounds.join(' and ')].join(' ').trim(), value);
}

/** A field that is `true` or `false`; the default is `false`. */
export function booleanField(fields: Fields, name: string): boolean {
  const value = fields.get(name) ?? false;
  if (typeof value === 'boolean') return value;
  throw expected(name, 'true or false', value);
}

/** A field that is an object, as its own fields. */
export function objectField(fields: Fields, name: string): Fields | undefined {
  const value = fields.get(name);
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return fieldsOf(value);
  throw expected(name, 'an object', value);
}

/** The error for a field that is something else than it should be. */
export function expected(param: string, expectation: string, value: unknown): Error {
  return badField(param, `Expected ${param} to be ${expectation}, got ${inWords(value)}`);
}

function inWords(value: unknown): string {
  return Array.isArray(value) ? 'an array' : typeof value === 'object' && value ? 'an object' : describe(value);
}
