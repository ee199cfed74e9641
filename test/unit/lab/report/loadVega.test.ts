import test from 'ava';
import { LOADER, moduleAt } from '../../../support/places.js';
import { runNode } from '../../../support/runProgram.js';

const module = (source: string): string => `data:text/javascript;base64,${Buffer.from(source).toString('base64')}`;

/** A Node that finds neither Vega nor Vega-Lite. */
const withoutVega = (program: string) => {
  const hooks = `export const resolve = (name, context, next) => {
    if (/^vega/.test(name)) throw Object.assign(new Error('none: ' + name), { code: 'ERR_MODULE_NOT_FOUND' });
    return next(name, context);
  }`;
  const register = `import { register } from 'node:module'; register('${module(hooks)}');`;
  return runNode([...LOADER, `--import=${module(register)}`, '--input-type=module', '--eval', program]);
};

test('without Vega the library loads, and only a report is an error, which says what to install', async (t) => {
  const { code, stdout, stderr } = await withoutVega(`
    const { LanguageModel } = await import('${moduleAt('src/index.ts')}');
    const { checkReportPackages, comparisonReport } = await import('${moduleAt('src/lab.ts')}');
    const { comparisonFixture } = await import('${moduleAt('test/support/comparisons.ts')}');
    console.log(typeof LanguageModel);
    await checkReportPackages().catch((error) => console.log(error.name));
    await comparisonReport(comparisonFixture()).catch((error) => console.log(error.name, error.message));
  `);
  t.is(code, 0, stderr);
  const [loaded, checked, failed] = stdout.split('\n');
  t.deepEqual([loaded, checked], ['function', 'MissingPackageError']);
  t.regex(
    failed ?? '',
    /^MissingPackageError Expected the packages vega and vega-lite.*npm install vega@6 vega-lite@6$/,
  );
});
