/** A bullet that is used for nothing else, and so separates items within a line too. */
const BULLET = /^[•⁃‣◦▪]/;
/** A line that begins a list item: a bullet, `1.`, `1)`, `(1)`, `1.)`, `a)`, `iv.` */
const ITEM = /^(?:[-*·]\s|[•⁃‣◦▪]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]{1,2}\s)/;
/** The same for the first item of a list. */
const FIRST_ITEM = /^(?:[-*·]\s|[•⁃‣◦▪]|\(?[1ai][.)]{1,2}\s)/;
/** A number or a letter that has a successor. */
const MARKER = /^(\(?)(\d{1,3}|[a-y])(\.\)|[.)])\s/;

/**
 * Whether a line begins a list item. Bullets and first items always do; another number may be the end of a wrapped
 * sentence (`She turned` / `12.`), so what stands before it must be an item too, or end in a mark or a colon.
 */
export function beginsItem(line: string, sentenceBefore: string, characterBefore: string): boolean {
  return FIRST_ITEM.test(line) || (ITEM.test(line) && (ITEM.test(sentenceBefore) || /[.?!…:;]/.test(characterBefore)));
}

/** The marker of the item that comes after a sentence, if that is an item: `2.)` after `1.) Wash the rice`. */
export function nextMarker(sentence: string): string | undefined {
  const [, open = '', mark = '', close = ''] = MARKER.exec(sentence) ?? [];
  if (mark === '') return BULLET.exec(sentence)?.[0];
  const next = /\d/.test(mark) ? Number(mark) + 1 : String.fromCharCode(mark.charCodeAt(0) + 1);
  return `${open}${next}${close}`;
}
