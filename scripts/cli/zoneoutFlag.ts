import { InvalidArgumentError } from 'commander';
import type { Zoneout } from '../../src/index.js';
import { share } from './numbers.js';

/** Reads `--zoneout`: one share, or those of parts of the state, `hidden=0.05,memory=0.5`. It stays text, as settings hold it. */
export function zoneoutText(text: string): string {
  const rates = text.split(',').map((rate) => rate.split('='));
  if (rates.some((rate) => rate.length !== (text.includes('=') ? 2 : 1)) || (rates.length > 1 && !text.includes('=')))
    throw new InvalidArgumentError(
      'Expected a share, or shares of parts of the state, such as hidden=0.05,memory=0.5.',
    );
  for (const rate of rates) share(rate.at(-1) ?? '');
  return text;
}

/** What such a text says; `undefined` where there is none. */
export function zoneoutOf(text: string | undefined): Zoneout | undefined {
  if (text === undefined) return undefined;
  if (!text.includes('=')) return Number(text);
  return Object.fromEntries(
    text
      .split(',')
      .map((rate) => rate.split('='))
      .map(([part = '', rate]) => [part, Number(rate)]),
  );
}

/** The text that says it. */
export function textOfZoneout(zoneout: Zoneout | undefined): string | undefined {
  if (typeof zoneout !== 'object') return zoneout?.toString();
  return Object.entries(zoneout)
    .map((rate) => rate.join('='))
    .join(',');
}
