import type { Command } from './cli/Command.js';
import { option, toggle } from './cli/options.js';
import { startScript } from './cli/start.js';

/** The flags of `page`, as commander gives them. */
export interface PageFlags {
  readonly run: string[];
  readonly out: string;
  readonly overwrite: boolean;
}

export const page: Command<PageFlags> = {
  name: 'page',
  does: 'Write a page that shows trained models think, with the models inside: one file, which works from disk and without network.',
  more: 'The server that the command serve starts shows the same page at /.',
  examples: ['--run runs/speech --out page.html', '--run runs/rnn runs/lstm runs/gru --out lesson.html'],
  options: [
    option('--run <dir...>', 'run directories that the command train made').makeOptionMandatory(),
    option('--out <file>', 'file to write').makeOptionMandatory(),
    toggle('--overwrite', 'replace the file that --out names'),
  ],
  async run(flags, invocation) {
    const { writePage } = await import('./cli/writePage.js');
    await writePage(flags, invocation);
    return undefined;
  },
};

await startScript(import.meta, page);
