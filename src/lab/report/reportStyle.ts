/** The colours of plots, as CSS declarations: on light and on dark paper. */
const LIGHT =
  '--plot-paper:#fff;--plot-ink:#33383d;--plot-faint:#c9ced3;--plot-rnn:#c2500f;--plot-lstm:#0a6cad;--plot-gru:#08815c;--plot-other-1:#8a3ffc;--plot-other-2:#b5347f;--plot-other-3:#6f6a00;--plot-other-4:#00737d;--plot-other-5:#a2191f;--plot-other-6:#565f6b;--plot-other-7:#3d56c4;--plot-other-8:#8f5a2b;--plot-other-9:#4d7a12;--plot-other-10:#d02670;--plot-other-11:#1a7f9c;--plot-other-12:#7d4bb0;';
const DARK =
  '--plot-paper:#14171a;--plot-ink:#c3c9cf;--plot-faint:#3f464d;--plot-rnn:#f0945a;--plot-lstm:#62b3ee;--plot-gru:#47c79c;--plot-other-1:#be95ff;--plot-other-2:#f592c6;--plot-other-3:#c9c24a;--plot-other-4:#4cc4cf;--plot-other-5:#ff8389;--plot-other-6:#aab4c0;--plot-other-7:#8fa4ff;--plot-other-8:#d9a36c;--plot-other-9:#a5d162;--plot-other-10:#ff7eb6;--plot-other-11:#6fc7e3;--plot-other-12:#c9a0f5;';

/** A style sheet that gives plots their colours, light or dark as the reader's system is. */
export function plotColours(selector: string): string {
  return `${selector}{${LIGHT}}@media(prefers-color-scheme:dark){${selector}{${DARK}}}`;
}

/** The style sheet of a report's page. */
export const PAGE_STYLE = `${plotColours(':root')}
:root { color-scheme: light dark; --paper: #fff; --ink: #1d2125; --quiet: #5b636b; --line: #d9dde1; --shade: #f6f7f8; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171a; --ink: #e4e7ea; --quiet: #9aa3ab; --line: #343a40; --shade: #1b1f23; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 17px/1.55 Charter, 'Bitstream Charter', 'Sitka Text', Cambria, Georgia, serif;
}
main { max-width: 1180px; margin: 0 auto; padding: 48px 32px 80px; }
h1 { font-size: 34px; line-height: 1.2; letter-spacing: -0.01em; margin: 0 0 20px; text-wrap: balance; }
h2 { font-size: 22px; line-height: 1.3; margin: 56px 0 8px; }
p { max-width: 68ch; margin: 0 0 14px; overflow-wrap: anywhere; }
section > p { color: var(--quiet); }
section:first-of-type > p { color: inherit; }
.plots {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr));
  gap: 28px 24px; margin: 28px 0 0; padding: 0; list-style: none;
}
.plots.pair { grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 460px)); }
.plots svg { display: block; width: 100%; height: auto; }
.formula { margin: 20px 0; }
.formula figcaption { font: 600 14px/1.45 system-ui, sans-serif; }
.formula pre { margin: 4px 0 0; padding: 10px 14px; background: var(--shade); overflow-x: auto; font-size: 14px; line-height: 1.6; }
.scroll { overflow-x: auto; margin: 20px 0; border-block: 1px solid var(--line); }
.scroll:focus-visible { outline: 2px solid var(--plot-lstm); }
table { border-collapse: collapse; width: 100%; font: 14px/1.45 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
th, td { padding: 8px 10px; text-align: left; vertical-align: baseline; }
th:first-child, td:first-child { padding-left: 4px; }
thead th { font-weight: 500; color: var(--quiet); vertical-align: bottom; }
tbody tr { border-top: 1px solid var(--line); }
tbody th { font-weight: 600; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
thead .number { white-space: normal; min-width: 6em; }
td.text { min-width: 7em; }
td.text:last-child { min-width: 18em; width: 100%; overflow-wrap: anywhere; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 700px) {
  main { padding: 28px 16px 56px; }
  h1 { font-size: 27px; }
  h2 { margin-top: 44px; }
  body { font-size: 16px; }
  td.text, td.text:last-child { min-width: 5em; }
  td.text:last-child { min-width: 13em; }
}
@media print { .plots > * { break-inside: avoid; } }`;
