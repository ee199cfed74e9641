/** The number of the token that is under a pointer, within an element that `Tinted` fills; `undefined`: there is none. */
export function placeUnder({ clientX, clientY }: MouseEvent, within: Element): number | undefined {
  for (const element of document.elementsFromPoint(clientX, clientY)) {
    const token = (element as HTMLElement).dataset?.['k'];
    if (token !== undefined && within.contains(element)) return Number(token);
  }
  return undefined;
}
