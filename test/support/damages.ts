import fc from './fastCheck.js';
import { resealed, type SavedFiles } from './savedModels.js';

/** The files of a saved model, one of which is not what it was. */
export interface Damaged {
  /** Which one. */
  readonly name: string;
  readonly files: SavedFiles;
}

type Saved = Readonly<Record<string, Buffer>>;

const NAME = fc.constantFrom('config.json', 'cell.json', 'model.safetensors', 'tokenizer.json');

/** What may be the matter with the files of a model that was saved with a tokenizer of characters. */
export const DAMAGES: Readonly<Record<string, (saved: Saved) => fc.Arbitrary<Damaged>>> = {
  'any byte of any file is another': (saved) =>
    fc.tuple(NAME, fc.nat(), fc.nat({ max: 255 })).map(([name, position, byte]) => {
      const bytes = Buffer.from(saved[name] ?? Buffer.of());
      bytes[position % bytes.length] = byte;
      return { name, files: { ...saved, [name]: bytes } };
    }),
  'a file was edited, and there are no checksums': (saved) => {
    const files = withoutChecksums(saved);
    return fc
      .tuple(NAME, EDITS)
      .map(([name, edits]) => ({ name, files: { ...files, [name]: edited(files[name], edits) } }));
  },
  'random bytes or random JSON stand in place of a file': (saved) =>
    fc
      .tuple(NAME, fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.json({ maxDepth: 3 })))
      .map(([name, data]) => ({ name, files: { ...resealed(saved), [name]: Buffer.from(data) } })),
  'any JSON is any part of config.json or cell.json, and checksums fit': (saved) => {
    const places = ['config.json', 'cell.json'].flatMap((name) =>
      placesIn(saved[name]).map((path) => ({ name, path })),
    );
    return fc.tuple(fc.constantFrom(...places), VALUE).map(([{ name, path }, value]) => {
      const files = { ...saved, [name]: withValue(saved[name], path, value) };
      return { name, files: path[0] === 'sha256' ? files : resealed(files) };
    });
  },
};

/** The files without checksums, which whoever writes a directory by hand may leave out. */
export function withoutChecksums(saved: Saved): Saved {
  const { sha256: _, ...config } = JSON.parse(String(saved['config.json']));
  return { ...saved, 'config.json': Buffer.from(JSON.stringify(config)) };
}

/** Bytes that are cut off, or of which one is another. */
export function damagedBytes(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), fc.boolean())
    .map(([at, byte, isCut]) => (isCut ? bytes.slice(0, at) : bytes.map((value, i) => (i === at ? byte : value))));
}

/** Some edits of a file: bytes overwritten, cut out, or put in. */
const EDITS = fc.array(
  fc.record({ at: fc.nat(), remove: fc.nat({ max: 8 }), insert: fc.uint8Array({ maxLength: 8 }) }),
  { minLength: 1, maxLength: 4 },
);

function edited(
  bytes: Buffer = Buffer.of(),
  edits: readonly { readonly at: number; readonly remove: number; readonly insert: Uint8Array }[],
): Buffer {
  return edits.reduce((all, { at, remove, insert }) => {
    const place = at % (all.length + 1);
    return Buffer.concat([all.subarray(0, place), insert, all.subarray(place + remove)]);
  }, bytes);
}

const VALUE = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.nat({ max: 40 }),
  fc.constantFrom<unknown>(1e3, 1e6, 2 ** 31, 1e15, 1e300, -1, 0.5, true, false, null, [0, 1]),
  fc.constantFrom('rnn', 'gru', 'learned', 'state', '__proto__', 'add', 'subtract', 'maximum', 'tanh', 'exp'),
);

/** The way to each part of the JSON in a file. */
function placesIn(bytes: Buffer | undefined): (readonly string[])[] {
  const found: (readonly string[])[] = [];
  const walk = (of: unknown, path: readonly string[]): void => {
    if (path.length > 0) found.push(path);
    if (typeof of === 'object' && of !== null)
      for (const [key, member] of Object.entries(of)) walk(member, [...path, key]);
  };
  walk(JSON.parse(String(bytes)), []);
  return found;
}

function withValue(bytes: Buffer | undefined, path: readonly string[], value: unknown): string {
  const whole: Record<string, unknown> = JSON.parse(String(bytes));
  const place = path.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, whole);
  place[path.at(-1) ?? ''] = value;
  return JSON.stringify(whole);
}
