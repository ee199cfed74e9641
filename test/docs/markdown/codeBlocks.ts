/** A block of TypeScript on a page. */
export interface CodeBlock {
  /** The file that it is said to be, from the package's root, or one that is named after its place. */
  readonly path: string;
  /** What stands before it: lines of a comment on the page, and the blocks that it continues. */
  readonly given: string;
  readonly code: string;
  /** The line of its first one on the page, from 1. */
  readonly line: number;
}

/** A comment right before a block, and the block. */
const BLOCK = /^(?:<!-- ts( continues)?\n?([\s\S]*?)-->\n)?```ts(?: title="(.+)")?\n([\s\S]*?)^```$/gm;

/**
 * The TypeScript of a page. What a block uses, and its reader knows, is declared in a comment before it, which is not shown:
 *
 *     <!-- ts
 *     declare const model: LanguageModel;
 *     -->
 *     ```ts
 *     await model.save('runs/speech');
 *     ```
 *
 * After `<!-- ts continues` a block goes on from the one before it on the page.
 */
export function codeBlocks(page: string, text: string): CodeBlock[] {
  let before = '';
  return [...text.matchAll(BLOCK)].map(([whole, continues, comment = '', title, code = ''], index) => {
    const given = `${continues ? before : ''}${comment}`;
    before = `${given}${code}`;
    const line = text.slice(0, text.indexOf(code, text.indexOf(whole))).split('\n').length;
    return { path: title ?? `${page.replaceAll('/', '-')}.${index + 1}.ts`, given, code, line };
  });
}
