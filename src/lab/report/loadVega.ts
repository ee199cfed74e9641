import { MissingPackageError } from '../../errors.js';

/** Both packages. */
export interface Vega {
  readonly vega: typeof import('vega');
  readonly vegaLite: typeof import('vega-lite');
}

/**
 * Loads Vega and Vega-Lite, which nobody who draws no report needs to have.
 * @throws {MissingPackageError} when they are not installed.
 */
export async function loadVega(): Promise<Vega> {
  try {
    const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
    return { vega, vegaLite };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new MissingPackageError(
      'Expected the packages vega and vega-lite, which draw the plots of a report, got none: npm install vega@6 vega-lite@6',
      { cause: error },
    );
  }
}

/**
 * Checks that a report can be drawn, before any work for it.
 * @throws {MissingPackageError} when `vega` or `vega-lite` is not installed.
 */
export async function checkReportPackages(): Promise<void> {
  await loadVega();
}
