import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import test from 'ava';
import { runProgram } from '../support/runProgram.js';
import { temporaryDirectory } from '../support/temporaryFiles.js';

test('a package that a format needs, and that is missing, is asked for by name', async (t) => {
  const directory = await temporaryDirectory(t);
  await cp('src', join(directory, 'src'), { recursive: true });
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
  await mkdir(join(directory, 'node_modules'));
  for (const name of ['rxjs', 'tslib', 'tinyglobby', 'fdir', 'picomatch'])
    await symlink(resolve('node_modules', name), join(directory, 'node_modules', name));
  const fixtures = resolve('test/fixtures/sources');
  await writeFile(
    join(directory, 'program.ts'),
    `import { readText } from './src/pipeline/readText.ts';
     for (const name of ['pandas.csv', 'none.parquet', 'zstd.parquet', 'checksum.jsonl.zst', 'pandas.jsonl'])
       try {
         let length = 0;
         for await (const chunk of readText('${fixtures}/' + name, { field: 'text' })) length += chunk.length;
         console.log(name + ': ' + length);
       } catch (error) {
         console.log(name + ': ' + error.name + ': ' + error.message);
       }`,
  );
  const tsx = resolve('node_modules/tsx/dist/esm/index.mjs');
  const { stdout, stderr } = await runProgram(process.execPath, ['--import', tsx, 'program.ts'], { cwd: directory });
  t.is(stderr, '');
  const [csv, parquet, zstdParquet, zstd, jsonl] = stdout.split('\n');
  const missing = 'MissingPackageError: Expected the package';
  t.is(csv, `pandas.csv: ${missing} csv-parse, which reads CSV, got none: npm install csv-parse@7`);
  t.is(parquet, `none.parquet: ${missing} hyparquet, which reads Parquet, got none: npm install hyparquet@1`);
  t.is(zstdParquet, `zstd.parquet: ${missing} hyparquet, which reads Parquet, got none: npm install hyparquet@1`);
  t.regex(
    zstd ?? '',
    'zstdDecompressSync' in (await import('node:zlib'))
      ? /^checksum\.jsonl\.zst: \d+$/
      : /MissingPackageError: .* fzstd, which reads Zstandard, which Node has from 22\.15 on, got none: npm install fzstd@0\.1$/,
  );
  t.regex(jsonl ?? '', /^pandas\.jsonl: \d+$/);
});
