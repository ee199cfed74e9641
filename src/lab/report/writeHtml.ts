import { Html, html } from './Html.js';
import type { Formula, Report, Section, Table } from './Report.js';
import { PAGE_STYLE } from './reportStyle.js';

/** A report as one page that needs nothing else: its style and its plots, by their names, are in it. */
export function writeHtml({ title, sections }: Report, svgs: ReadonlyMap<string, string>): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>
${new Html(PAGE_STYLE)}
</style>
</head>
<body>
<main>
<h1>${title}</h1>
${sections.map((section) => writeSection(section, svgs))}
</main>
</body>
</html>
`;
  return page.source;
}

function writeSection(
  { heading, paragraphs, formulas = [], tables = [], plots = [] }: Section,
  svgs: ReadonlyMap<string, string>,
): Html {
  const drawn = plots.map((group) => {
    const items = group.map(({ name }) => html`<li>${new Html(svgs.get(name) ?? '')}</li>\n`);
    return html`<ul class="plots${group.length === 2 ? ' pair' : ''}">\n${items}</ul>\n`;
  });
  return html`<section>
${heading === undefined ? [] : html`<h2>${heading}</h2>\n`}${paragraphs.map((paragraph) => html`<p>${paragraph}</p>\n`)}${formulas.map(writeFormula)}${tables.map(writeTable)}${drawn}</section>
`;
}

function writeFormula({ caption, text }: Formula): Html {
  return html`<figure class="formula">
<figcaption>${caption}</figcaption>
<pre tabindex="0">${text}</pre>
</figure>
`;
}

function writeTable({ caption, columns, rows }: Table): Html {
  const head = columns.map(({ label, kind }) => html`<th scope="col" class="${kind}">${label}</th>`);
  const body = rows.map(([name = '', ...cells]) => {
    const rest = cells.map(
      (cell, index) => html`<td class="${columns[index + 1]?.kind ?? 'text'}" dir="auto">${cell}</td>`,
    );
    return html`<tr><th scope="row">${name}</th>${rest}</tr>\n`;
  });
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
<table>
<caption class="unseen">${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody>
</table>
</div>
`;
}
