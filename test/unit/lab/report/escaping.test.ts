import test from 'ava';
import { escapeHtml, Html, html } from '../../../../src/lab/report/Html.js';
import { escapeMarkdown } from '../../../../src/lab/report/writeMarkdown.js';
import fc from '../../../support/fastCheck.js';

test('text in a template is escaped, pieces of HTML are not', (t) => {
  const piece = html`<b>${'a < b & "c"'}</b>`;
  t.is(piece.source, '<b>a &#60; b &#38; &#34;c&#34;</b>');
  t.is(
    html`<p title="${"it's"}">${piece}${[piece, new Html('<hr>')]}${3}</p>`.source,
    `<p title="it&#39;s">${piece.source}${piece.source}<hr>3</p>`,
  );
});

test('escaped text holds no markup, and reads as the text', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const escaped = escapeHtml(text);
      t.notRegex(escaped, /[<>"']|&(?!#\d+;)/);
      const read = escaped.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
      t.is(read, text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]/g, '\ufffd'));
    }),
  );
});

test('control characters and lone surrogates, which no document may hold, are replaced', (t) => {
  t.is(escapeHtml('a\0b\u0007c\ud800d\te'), 'a\ufffdb\ufffdc\ufffdd\te');
});

const markdown: [string, string, string][] = [
  ['emphasis, code and headings', '*a* _b_ `c` #d', '\\*a\\* \\_b\\_ \\`c\\` \\#d'],
  ['HTML and entities', '<b> &amp;', '\\<b\\> \\&amp;'],
  ['links and images', '![a](b) [c]', '\\!\\[a\\](b) \\[c\\]'],
  ['bars, which would end a cell', 'a | b', 'a \\| b'],
  ['line ends, which would end a row', 'a\nb \r\n c', 'a b c'],
  ['backslashes', '\\*', '\\\\\\*'],
  ['addresses', 'see http://a.b, www.c.d or e@f.g', 'see http\\://a.b, www\\.c.d or e\\@f.g'],
  ['lists', '1. a', '1\\. a'],
  ['lists of dashes', '- a', '\\- a'],
  ['numbers stay', '1.234 ± 0.5', '1.234 ± 0.5'],
];
for (const [what, text, expected] of markdown)
  test(`Markdown shows text as it is: ${what}`, (t) => {
    t.is(escapeMarkdown(text), expected);
  });
