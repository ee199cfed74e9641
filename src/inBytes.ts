const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** `25.3 GB`. */
export function inBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${grouped(Number((bytes / 1000 ** power).toPrecision(3)))} ${UNITS[power]}`;
}

/** `1,234,567`; from a quadrillion on `1.2e+15`. */
export function grouped(number: number): string {
  return number < 1e15 ? number.toLocaleString('en') : number.toExponential(1);
}
