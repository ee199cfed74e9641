import type { Spread } from '../statistics.js';

/** A whole number with its thousands apart: `1,234`. */
export function whole(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '–';
}

/** A number with so many digits after the point. */
export function decimal(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '–';
}

/** A share as `12.3 %`. */
export function percent(share: number, digits = 1): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(digits)} %` : '–';
}

/** A mean and half of its 95 % interval, each as `format` writes it: `1.234 ± 0.012`. */
export function withMargin({ mean, margin }: Spread, format: (value: number) => string): string {
  return margin === undefined ? format(mean) : `${format(mean)} ± ${format(margin)}`;
}

/** Seconds as `45 s` or `2 min 30 s`; no line ends between a number and its unit. */
export function duration(seconds: number): string {
  const rounded = Math.round(seconds);
  const minutes = Math.floor(rounded / 60);
  const rest = rounded % 60;
  if (minutes === 0) return `${rest}\u00a0s`;
  return rest === 0 ? `${minutes}\u00a0min` : `${minutes}\u00a0min ${rest}\u00a0s`;
}

/** `one`, `one and two`, `one, two and three`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** A learning rate as people write it: `0.0025`, and `2.5e-7` where that is shorter. */
export function rate(value: number): string {
  return String(Number(value.toPrecision(3)));
}
