import { printable } from './Html.js';
import type { Plot } from './Plot.js';
import type { Formula, Report, Section, Table } from './Report.js';

/** A report as Markdown (GitHub's, for its tables); the plots are files in `plotFolder`. */
export function writeMarkdown({ title, sections }: Report, plotFolder: string): string {
  return `${[`# ${escapeMarkdown(title)}`, ...sections.flatMap((section) => blocksOf(section, plotFolder))].join('\n\n')}\n`;
}

function blocksOf(
  { heading, paragraphs, formulas = [], tables = [], plots = [] }: Section,
  plotFolder: string,
): string[] {
  const image = ({ name, description }: Plot): string => `![${escapeMarkdown(description)}](${plotFolder}/${name}.svg)`;
  return [
    ...(heading === undefined ? [] : [`## ${escapeMarkdown(heading)}`]),
    ...paragraphs.map(escapeMarkdown),
    ...formulas.flatMap(writeFormula),
    ...tables.map(writeTable),
    ...plots.map((group) => group.map(image).join('\n')),
  ];
}

/** A block of lines as they are; the fence is longer than any in it. */
function writeFormula({ caption, text }: Formula): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const lines = text.split(/[\r\n]+/).map(printable);
  return [`${escapeMarkdown(caption)}:`, [`${fence}text`, ...lines, fence].join('\n')];
}

function writeTable({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ label }) => escapeMarkdown(label))),
    line(columns.map(({ kind }) => (kind === 'number' ? '---:' : '---'))),
    ...rows.map((cells) => line(cells.map(escapeMarkdown))),
  ].join('\n');
}

/** Text as it must be written in a line of Markdown or a cell of a table, so that it shows as it is. */
export function escapeMarkdown(text: string): string {
  return (
    printable(text)
      .replace(/\s*[\n\r]\s*/g, ' ')
      .trim()
      .replace(/[\\`*_[\]<>|~&#$!]/g, '\\$&')
      // What would begin a list, a heading of its own or a link without brackets.
      .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
      .replace(/^[-+=]/, '\\$&')
      .replace(/:(?=\/\/)|(?<=\bwww)\./gi, '\\$&')
      .replace(/@/g, '\\@')
  );
}
