import type { BackendName, Precision } from '../src/index.js';
import { PRECISION_NAMES } from '../src/names.js';
import type { Command } from './cli/Command.js';
import { backendOption, choice, option, runOption, toggle } from './cli/options.js';
import { startScript } from './cli/start.js';

/** The flags of `export`, as commander gives them. */
export interface ExportFlags {
  readonly run: string;
  readonly precision: Precision;
  readonly out: string;
  readonly overwrite: boolean;
  readonly backend?: BackendName;
}

export const exportCommand: Command<ExportFlags> = {
  name: 'export',
  does: "Write a run's best model as a directory of its own, in half the bytes where that is asked for: for a page, say.",
  examples: ['--run runs/speech --precision float16 --out public/speech'],
  options: [
    runOption(),
    choice(
      '--precision <name>',
      'what the weights are saved as; float16 is half the bytes',
      PRECISION_NAMES,
      'float32',
    ),
    option('--out <dir>', 'directory to write').makeOptionMandatory(),
    toggle('--overwrite', 'replace the saved model that --out names'),
    backendOption(),
  ],
  async run(flags, invocation) {
    const { exportModel } = await import('./cli/exportModel.js');
    await exportModel(flags, invocation);
  },
};

await startScript(import.meta, exportCommand);
