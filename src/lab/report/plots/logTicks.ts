/** Round numbers for a logarithmic axis: 1, 2 and 5 times each power of ten, from the least value to the greatest. */
export function logTicks(values: readonly number[]): number[] {
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const greatest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(least)); exponent <= Math.log10(greatest); exponent++)
    for (const factor of [1, 2, 5]) ticks.push(Number(`${factor}e${exponent}`));
  return ticks.filter((tick) => tick >= least && tick <= greatest);
}
