import { describe, FileFormatError } from '../errors.js';

/**
 * Parses a JSON object of a file that may be damaged or hostile: UTF-8, and no key twice in one object (`JSON.parse` takes
 * the last, other programs the first).
 * @throws {FileFormatError} when the bytes are anything else; `name` says of what.
 */
export function parseJsonObject(bytes: Uint8Array, name: string): Record<string, unknown> {
  const fail = (what: string, cause?: unknown): never => {
    throw new FileFormatError(`Expected ${name} to be a JSON object, got ${what}`, { cause });
  };
  let text = '';
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    return fail(`${bytes.length} bytes that are no JSON: ${(error as Error).message}`, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(describe(value));
  const key = doubledKey(text);
  if (key !== undefined) return fail(`the key ${JSON.stringify(key.slice(0, 60))} twice`);
  return value as Record<string, unknown>;
}

/**
 * A key that an object of this JSON has twice. Neither recursion nor a regular expression: objects may be nested as deep, and
 * strings be as long, as a file is.
 */
function doubledKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  let string = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{') open.push(new Set());
    else if (character === '}') open.pop();
    else if (character === '"') {
      const start = at++;
      while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
      string = text.slice(start, at + 1);
    } else if (character === ':') {
      const key: string = JSON.parse(string);
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}
