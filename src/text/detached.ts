/**
 * A copy of a text that was cut out of a larger one. Without it, one sentence would keep its whole chunk in memory for
 * as long as it lives itself: JavaScript engines make a slice a view of the string it comes from.
 */
export const detached = (text: string): string => ` ${text}`.slice(1);
