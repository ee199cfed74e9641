import type { Call } from './Command.js';

/** The scripts whose names are not those of their commands. */
const SCRIPTS: Readonly<Record<string, string>> = {
  'corpus:trump': 'fetch-trump-speeches',
  'corpus:shakespeare': 'fetch-tiny-shakespeare',
};

/** `npx babblebrook train --minutes 1`. */
export const byPackage: Call = (name, flags) => words('npx babblebrook', name, flags);

/** `npm run train -- --minutes 1`; without npm's own lines where a program reads what is printed. */
export const byNpm: Call = (name, flags = '') =>
  words(`npm run${flags.includes('|') ? ' --silent' : ''}`, name, flags && `-- ${flags}`);

/** `npx tsx scripts/train.ts --minutes 1`. */
export const bySource: Call = (name, flags) => words(`npx tsx scripts/${SCRIPTS[name] ?? name}.ts`, flags);

function words(...all: (string | undefined)[]): string {
  return all.filter(Boolean).join(' ');
}
