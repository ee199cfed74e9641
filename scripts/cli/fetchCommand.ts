import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from './Command.js';
import { fetchFile } from './fetchFile.js';
import { seconds } from './numbers.js';
import { option } from './options.js';
import { print } from './print.js';

/** A corpus that is not part of this repository. */
export interface PublicCorpus extends Pick<Command, 'name' | 'does' | 'examples'> {
  readonly url: string;
  /** What it must be, in hexadecimal. */
  readonly sha256: string;
  /** Its name in `corpus/`. */
  readonly file: string;
}

/** The flags of a command that fetches a corpus, as commander gives them. */
export interface FetchFlags {
  readonly from?: string;
  readonly to: string;
  readonly timeout: number;
}

/** The command that fetches a corpus, and checks that it is that. */
export function fetchCommand({ url, sha256, file, ...command }: PublicCorpus): Command<FetchFlags> {
  const place = relative('', fileURLToPath(new URL(`../../corpus/${file}`, import.meta.url)));
  return {
    ...command,
    options: [
      option('--from <file>', 'take this copy instead of the network'),
      option('--to <file>', 'where to put it').default(place),
      option('--timeout <seconds>', 'give the download up after this long', seconds, 60),
    ],
    async run(flags, { stdout }) {
      await print(stdout, `${await fetchFile({ url, sha256, ...flags })}\n`);
      return undefined;
    },
  };
}
