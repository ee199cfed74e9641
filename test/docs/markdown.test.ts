import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import test from 'ava';
import { fileAt } from '../support/places.js';
import { askCompiler, ROOT } from '../support/typescript.js';
import { codeBlocks } from './markdown/codeBlocks.js';
import { isInPackage } from './markdown/isInPackage.js';
import { anchorsOf, linksOf } from './markdown/links.js';
import { pages } from './markdown/pages.js';

/** As strict as a reader's may be; each block is a module, and may declare what it does not use. */
const COMPILER_OPTIONS = {
  moduleDetection: 'force',
  noUncheckedIndexedAccess: false,
  noUnusedLocals: false,
  noUnusedParameters: false,
  paths: { babblebrook: ['./src/index.ts'], 'babblebrook/*': ['./src/*.ts'] },
};

test('there are pages, links and blocks of code', (t) => {
  t.true(pages.size > 15);
  t.true([...pages.values()].flatMap(linksOf).length > 100);
  t.true([...pages].flatMap(([page, text]) => codeBlocks(page, text)).length > 20);
});

for (const [page, text] of pages) {
  const links = linksOf(text).filter((link) => !/^[a-z]+:/.test(link));
  if (links.length === 0) continue;

  test(`${page}: what links lead to is there${isInPackage(page) ? ', in the package too' : ''}`, (t) => {
    const dead = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : posix.join(posix.dirname(page), decodeURI(path));
      if (!existsSync(fileAt(target))) return true;
      if (isInPackage(page) && !isInPackage(target)) return true;
      return anchor !== undefined && !anchorsOf(pages.get(target) ?? '').has(anchor);
    });
    t.deepEqual(dead, []);
  });
}

test('the code on every page is TypeScript whose types fit', (t) => {
  const blocks = [...pages].flatMap(([page, text]) => codeBlocks(page, text).map((block) => ({ page, ...block })));
  const virtual = new Map(blocks.map(({ path, given, code }) => [path, `${given}${code}`]));
  t.is(virtual.size, blocks.length);
  const mistakes = askCompiler(
    { compilerOptions: COMPILER_OPTIONS, files: [...virtual.keys()], virtual },
    ({ program }) => {
      t.deepEqual(program.getConfigFileParsingDiagnostics(), []);
      const inFile = (path: string) => [
        ...program.getSyntacticDiagnostics(`${ROOT}${path}`),
        ...program.getSemanticDiagnostics(`${ROOT}${path}`),
      ];
      return blocks.flatMap(({ page, path, given, code, line }) =>
        inFile(path).map(({ pos, text }) => {
          const above = code.slice(0, Math.max(0, pos - given.length)).split('\n').length - 1;
          return `${page}:${line + above}: ${text}`;
        }),
      );
    },
  );
  t.deepEqual(mistakes, []);
});
