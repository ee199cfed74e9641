import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import test from 'ava';
import { COMMANDS } from '../../scripts/babblebrook.js';
import { type Import, importsOf } from '../support/imports.js';
import { fileAt } from '../support/places.js';
import { ROOT } from '../support/typescript.js';

/** What the files of a room may import. */
interface Room {
  /** Files and folders of ours, besides the room itself. */
  readonly ours?: readonly string[];
  /** Files and folders of ours of which types may be imported. */
  readonly types?: readonly string[];
  /** Packages that must stay outside. */
  readonly not?: readonly string[];
}

const SHARED = [
  ...['src/errors.ts', 'src/random.ts', 'src/eventLoop.ts', 'src/memory.ts', 'src/inBytes.ts'],
  ...['src/names.ts', 'src/defaults.ts'],
];
const ENTRIES = ['index', 'text', 'pipeline', 'decoding', 'inference', 'browser', 'serving', 'lab', 'cluster'].map(
  (name) => `src/${name}.ts`,
);
const FILES = 'src/files';
const TFJS = '@tensorflow/tfjs';

/** What a saved model is, and how it is read: also for those who have neither TensorFlow nor Node.js. */
const SAVED_MODEL = [
  'Dropout',
  'ModelConfig',
  'Probe',
  'checkHypotheses',
  'float16',
  'mapValues',
  'naming',
  'parameterCount',
  'parseJsonObject',
  'plainSha256',
  'readSavedModel',
  'safetensors',
  'savedCell',
  'savedConfig',
  'savedSize',
  'savedTokenizer',
  'torchWeights',
  'webSha256',
].map((name) => `src/model/${name}.ts`);

/** What is needed to tell one saved tokenizer from another. */
const SAVED_TOKENIZERS = ['CharacterTokenizer', 'base64', 'restoreTokenizer'].map((name) => `src/text/${name}.ts`);

/** The rooms of the design, the inner ones first. */
const ROOMS: Readonly<Record<string, Room>> = {
  'src/errors.ts': { not: ['rxjs', 'ix', TFJS] },
  'src/random.ts': { ours: ['src/errors.ts'], not: ['rxjs', 'ix', TFJS] },
  'src/eventLoop.ts': { not: ['rxjs', 'ix', TFJS] },
  'src/memory.ts': { not: ['rxjs', 'ix', TFJS] },
  'src/inBytes.ts': { not: ['rxjs', 'ix', TFJS] },
  'src/names.ts': { not: ['rxjs', 'ix', TFJS] },
  'src/defaults.ts': { not: ['rxjs', 'ix', TFJS] },
  'src/tf.ts': { not: ['rxjs', 'ix'] },
  [FILES]: { ours: ['src/errors.ts'], not: ['rxjs', 'ix', TFJS] },
  'src/text': { ours: [...SHARED, FILES], not: ['rxjs', 'ix', TFJS] },
  'src/sources': { ours: ['src/errors.ts'], not: ['rxjs', 'ix', TFJS] },
  'src/pipeline': { ours: [...SHARED, FILES, 'src/text', 'src/sources'], not: ['ix', TFJS] },
  'src/graph/print': { ours: ['src/graph'], not: ['rxjs', 'ix', TFJS, 'node:'] },
  'src/graph/run/tensorflow': {
    ours: ['src/errors.ts', FILES, 'src/graph/Groups.ts'],
    types: ['src/graph'],
    not: ['rxjs', 'ix'],
  },
  'src/graph/run/tfjs.ts': { types: ['src/graph'], not: ['rxjs', 'ix'] },
  'src/graph/run': { types: ['src/graph'], not: ['rxjs', 'ix', TFJS, 'node:'] },
  'src/graph': { ours: ['src/errors.ts'], not: ['rxjs', 'ix', TFJS, 'node:'] },
  'src/cells': { ours: ['src/errors.ts', 'src/names.ts', 'src/graph'], not: ['rxjs', 'ix', TFJS, 'node:'] },
  'src/model/network': {
    ours: ['src/graph', 'src/model/mapValues.ts'],
    types: ['src/model/RecurrentState.ts'],
    not: ['rxjs', 'ix'],
  },
  ...Object.fromEntries(
    SAVED_MODEL.map((file) => [
      file,
      {
        ours: [...SHARED, ...SAVED_TOKENIZERS, 'src/graph', 'src/cells', ...SAVED_MODEL],
        types: ['src/text', 'src/model/RecurrentState.ts'],
        not: ['rxjs', 'ix', TFJS, 'node:'],
      },
    ]),
  ),
  'src/inference/readModelDirectory.node.ts': {
    ours: ['src/errors.ts', 'src/files/replaceDirectory.ts', 'src/model/directoryFiles.ts', ...SAVED_MODEL],
    types: ['src/inference'],
    not: ['rxjs', 'ix', TFJS],
  },
  'src/inference': {
    ours: [...SHARED, 'src/text', 'src/graph', 'src/cells', ...SAVED_MODEL],
    types: ['src/decoding'],
    not: ['rxjs', 'ix', TFJS, 'node:'],
  },
  'src/model': {
    ours: [...SHARED, FILES, 'src/text', 'src/graph', 'src/cells'],
    types: ['src/pipeline/Batch.ts'],
    not: ['rxjs', 'ix'],
  },
  'src/training': {
    ours: [...SHARED, FILES, 'src/text', 'src/pipeline', 'src/model', 'src/graph', 'src/cells'],
    not: ['ix'],
  },
  'src/run': {
    ours: [...SHARED, FILES, 'src/text', 'src/sources', 'src/pipeline', 'src/model', 'src/training', 'src/cells'],
    not: ['ix'],
  },
  'src/decoding': { ours: [...SHARED, 'src/text'], not: ['rxjs', TFJS] },
  'src/ngrams': {
    ours: [...SHARED, 'src/text', 'src/model/checkBatch.ts', 'src/model/checkHypotheses.ts'],
    types: ['src/decoding', 'src/pipeline/Batch.ts'],
    not: ['rxjs', 'ix', TFJS, 'node:'],
  },
  'src/serving': {
    ours: [...SHARED, 'src/decoding'],
    types: ['src/text'],
    not: ['rxjs', 'ix', TFJS, 'hono', '@hono', 'node:'],
  },
  'src/monitoring/tensorboard': { ours: [...SHARED, FILES], not: ['rxjs', 'ix', TFJS] },
  'src/monitoring': {
    ours: [...SHARED, FILES, 'src/text', 'src/pipeline', 'src/graph', 'src/cells', 'src/model', 'src/training'],
  },
  'src/lab/report': { ours: [...SHARED, 'src/lab/comparison', 'src/lab/statistics.ts'], not: ['rxjs', 'ix', TFJS] },
  'src/lab': {
    ours: [
      ...SHARED,
      FILES,
      'src/text',
      'src/pipeline',
      'src/graph',
      'src/cells',
      'src/model',
      'src/training',
      'src/run',
      'src/decoding',
    ],
  },
  'src/cluster': {
    ours: [...SHARED, FILES, 'src/text', 'src/sources', 'src/pipeline', 'src/decoding/asyncIterable.ts'],
    types: ['src/run/Rounds.ts', 'src/model'],
    not: [TFJS],
  },
  'src/browser.ts': {
    ours: ['src/errors.ts', 'src/text', 'src/inference.ts', 'src/decoding.ts'],
    not: ['rxjs', 'ix', TFJS, 'node:'],
  },
  'src/inference.ts': { ours: ['src/inference'], not: ['rxjs', 'ix', TFJS, 'node:'] },
  'src/index.ts': { ours: ['src'] },
  'src/text.ts': { ours: ['src/errors.ts', 'src/text'], not: ['rxjs', 'ix', TFJS] },
  'src/pipeline.ts': { ours: [...SHARED, 'src/sources', 'src/pipeline', 'src/run'], not: ['ix', TFJS] },
  'src/decoding.ts': { ours: ['src/errors.ts', 'src/decoding'], not: ['rxjs', TFJS] },
  'src/cluster.ts': { ours: ['src/errors.ts', 'src/cluster'], not: [TFJS] },
  'src/serving.ts': { ours: ['src/serving'], not: ['rxjs', TFJS] },
  'src/lab.ts': { ours: ['src/lab', 'src/model/preparedBackend.ts'] },
  // What loads nothing is there for help and mistakes, which are told before an entry is loaded.
  scripts: { ours: [...ENTRIES, 'src/errors.ts', 'src/names.ts', 'src/defaults.ts', FILES] },
  examples: {},
  'web/compute': { ours: ['src/browser.ts'], not: ['preact', '@preact', 'rxjs', 'ix', TFJS, 'node:'] },
  'web/vite.config.ts': { not: ['rxjs', 'ix', TFJS] },
  web: { ours: ['src/browser.ts', 'web/compute'], not: ['rxjs', 'ix', TFJS, 'node:'] },
};

function read(file: string): string {
  return readFileSync(posix.join(ROOT, file), 'utf8');
}

const files = ['src', 'scripts', 'examples', 'web'].flatMap((folder) =>
  readdirSync(posix.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => posix.join(folder, path.replaceAll('\\', '/')))
    .filter((path) => /\.(m?[jt]s|tsx)$/.test(path)),
);

/** The one place that loads tfjs: to import it is to import tfjs. */
const TF = 'src/tf.ts';

const imports = importsOf(files).map((one) => (one.target === TF ? { ...one, target: TFJS } : one));

function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

/** Whether it is a package, a part of it, one of its family (`NAME-…`), or of a scheme (`node:`). */
function isOfPackage(target: string, name: string): boolean {
  return (
    target === name ||
    ['/', '-'].some((end) => target.startsWith(name + end)) ||
    (name.endsWith(':') && target.startsWith(name))
  );
}

function isOurs(target: string): boolean {
  return ['src', 'scripts', 'examples', 'web'].some((folder) => isWithin(target, folder));
}

const roomOf = (file: string): string | undefined => Object.keys(ROOMS).find((room) => isWithin(file, room));

for (const [room, { ours = [], types = [], not = [] }] of Object.entries(ROOMS)) {
  const here = imports.filter(({ file }) => roomOf(file) === room);

  test(`${room} imports of ours only ${[room, ...ours].join(', ')}${types.length > 0 ? `, and types of ${types}` : ''}`, (t) => {
    const allowed = ({ target, typesOnly }: Import): boolean =>
      !isOurs(target) ||
      [room, ...ours].some((place) => isWithin(target, place)) ||
      (typesOnly && types.some((place) => isWithin(target, place)));
    t.deepEqual(
      here.filter((statement) => !allowed(statement)).map(({ line }) => line),
      [],
    );
  });

  if (not.length > 0)
    test(`${room} imports neither ${not.join(' nor ')}`, (t) => {
      const offending = here.filter(({ target }) => not.some((name) => isOfPackage(target, name)));
      t.deepEqual(
        offending.map(({ line }) => line),
        [],
      );
    });
}

/** The rows of the table in docs/architecture.md: the rooms of each, and what it says that they may import. */
const rows = [...read('docs/architecture.md').matchAll(/^\| (`.+) \| .+ \| (.+) \|$/gm)].map(
  ([, rooms = '', rule = '']) => ({
    rooms: namesIn(rooms),
    rule,
    /** `as src/training/`: they belong to the room that is named. */
    owner: /^as `(.+)\/`$/.exec(rule)?.[1],
  }),
);

/** Whether a place is there, and is called so: a file or folder by its path, the file of a type by the type. */
function isNamed(place: string, name: string): boolean {
  return (place.endsWith(name) && existsSync(fileAt(place))) || place.endsWith(`/${name}.ts`);
}

/** What stands in code, without the slash at its end. */
function namesIn(words: string): string[] {
  return [...words.matchAll(/`([^`]+?)\/?`/g)].map(([, name = '']) => name);
}

test('each row of the table in docs/architecture.md is a room that is kept, or belongs to one, and each room has a row', (t) => {
  const kept = rows.filter(({ owner }) => owner === undefined);
  t.deepEqual(kept.flatMap(({ rooms }) => rooms).sort(), Object.keys(ROOMS).sort());
  for (const { rooms, owner } of rows) if (owner) for (const room of rooms) t.is(roomOf(room), owner, room);
});

for (const { rooms, rule } of rows)
  for (const room of rooms.filter((name) => name in ROOMS))
    test(`${room} is kept as its row says: ${rule}`, (t) => {
      const { ours = [], types = [], not = [] } = ROOMS[room] ?? {};
      const refused = [...rule.matchAll(/\bno (rxjs|ix|tfjs|`node:`)/g)].map(([, name]) =>
        name === 'tfjs' ? TFJS : name,
      );
      const clauses = rule.split(';').filter((clause) => !/\bmay import\b/.test(clause));
      const named = namesIn(clauses.join(';')).filter((name) => name !== 'node:');
      const places = named.map((name) => [`src/${name}`, name, ...files].find((place) => isNamed(place, name)));
      t.deepEqual(
        {
          refused: refused.filter((name) => !not.includes(name?.replaceAll('`', '') ?? '')),
          missing: places.filter((place) => ![...ours, ...types].some((open) => isWithin(`${place}`, open))),
        },
        { refused: [], missing: [] },
      );
    });

test('src/files imports Node’s own modules and ours alone', (t) => {
  const others = imports.filter(({ file, target }) => isWithin(file, FILES) && !isOurs(target));
  t.deepEqual(
    others.filter(({ target }) => !target.startsWith('node:')).map(({ line }) => line),
    [],
  );
});

test('every file is in a room', (t) => {
  t.deepEqual(
    files.filter((file) => roomOf(file) === undefined),
    [],
  );
});

test('imports are found: those of this very kind of file', (t) => {
  t.true(files.length > 50);
  const found = importsOf(['src/pipeline/bucketByLength.ts']).map(({ target, typesOnly }) => [target, typesOnly]);
  t.deepEqual(found, [
    ['rxjs', false],
    ['src/errors.ts', false],
    ['src/text/Tokenizer.ts', true],
    ['src/pipeline/Batch.ts', true],
    ['src/pipeline/checkIds.ts', false],
    ['src/pipeline/LengthPool.ts', false],
  ]);
});

test('no package is imported by the path to its files in node_modules', (t) => {
  t.deepEqual(
    imports.filter(({ target }) => target.includes('node_modules')).map(({ line }) => line),
    [],
  );
});

for (const entry of ENTRIES)
  test(`${entry} exports, and does nothing else`, (t) => {
    const rest = read(entry)
      .replaceAll(/^export (?:\*|(?:type )?\{[^}]*\}) from '\.\/[^']+';$/gm, '')
      .replaceAll(/^\/\/.*$|\/\*[\s\S]*?\*\//gm, '');
    t.is(rest.trim(), '');
  });

/** All that is loaded with a file, files and packages, but for what it loads later, unless that is asked for. */
function loadedWith(
  file: string,
  isAsked: (target: string) => boolean = () => false,
  loaded = new Set<string>(),
): Set<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  for (const { target, typesOnly, later } of imports.filter((one) => one.file === file))
    if (!typesOnly && (!later || isAsked(target))) loadedWith(target, isAsked, loaded);
  return loaded;
}

test('src/browser.ts loads nothing of Node.js and no package but ix, not even later', (t) => {
  const left = Object.keys(JSON.parse(read('package.json')).browser).map((path) =>
    path.replace('./dist/', '').replace(/\.js$/, '.ts'),
  );
  t.deepEqual(left, ['src/inference/readModelDirectory.node.ts']);
  const loaded = loadedWith('src/browser.ts', (target) => !left.includes(target));
  t.deepEqual(
    [...loaded].filter((one) => !isOurs(one) && !isOfPackage(one, 'ix')),
    [],
  );
  for (const part of ['SentenceSplitter', 'PieceTokenizer']) t.true(loaded.has(`src/text/${part}.ts`));
});

for (const [file, packages] of Object.entries({
  'src/text.ts': ['rxjs', 'ix', 'sentencepiece-js', TFJS],
  'src/pipeline.ts': ['ix', 'sentencepiece-js', 'tinyglobby', TFJS],
  'src/decoding.ts': ['rxjs', 'sentencepiece-js', TFJS],
  'src/cluster.ts': ['@nats-io', 'sentencepiece-js', TFJS],
  'src/index.ts': ['@nats-io'],
  'src/text/PieceTokenizer.ts': ['rxjs', 'ix', 'sentencepiece-js', TFJS, 'node:'],
  'src/inference.ts': ['rxjs', 'ix', 'sentencepiece-js', 'src/text/sentencepiece', TFJS, 'node:'],
  'src/browser.ts': ['rxjs', 'sentencepiece-js', 'src/text/sentencepiece', TFJS, 'node:'],
  'src/serving.ts': ['rxjs', 'sentencepiece-js', 'hono', '@hono', TFJS],
  ...Object.fromEntries(
    ['generateSentences', 'scoreSentences', 'serveModels', 'writePage'].map((name) => [
      `scripts/cli/${name}.ts`,
      ['rxjs', 'log-update', 'sentencepiece-js', 'src/index.ts', 'src/pipeline.ts', TFJS],
    ]),
  ),
  ...Object.fromEntries(
    ['babblebrook', ...Object.keys(COMMANDS)].map((name) => [
      `scripts/${name}.ts`,
      ['rxjs', 'ix', 'log-update', 'src/index.ts', 'src/pipeline.ts', 'src/text.ts', 'src/model', TFJS],
    ]),
  ),
}))
  test(`to import ${file} loads none of ${packages.join(', ')}`, (t) => {
    const found = [...loadedWith(file)].filter((one) => packages.some((name) => isOfPackage(one, name)));
    t.deepEqual(found, []);
  });

test(`only ${TF} loads tfjs`, (t) => {
  const others = imports.filter(
    ({ file, line, typesOnly }) => !typesOnly && file.startsWith('src/') && line.includes(`'${TFJS}'`),
  );
  t.deepEqual(
    others.map(({ line }) => line),
    [],
  );
});

test('what an entry loads is found', (t) => {
  const loaded = loadedWith('src/index.ts');
  for (const one of [TFJS, 'rxjs', 'src/text/Tokenizer.ts', 'src/model/network/NativeEngine.ts'])
    t.true(loaded.has(one), one);
});

for (const file of files.filter((path) => isWithin(path, 'src/pipeline') || isWithin(path, FILES))) {
  const name = posix.basename(file, '.ts');
  test(`${file} exports ${name}`, (t) => {
    t.regex(read(file), new RegExp(`^export (async )?(function\\*?|class|interface|type|const) ${name}\\b`, 'm'));
  });
}
