/**
 * ψ(x) = Γ′(x) / Γ(x) for x > 0: recurrence up to 7, then the asymptotic series in 1 / (x − ½) (Abramowitz and Stegun,
 * "Handbook of mathematical functions", 6.3.5 and 6.3.18).
 */
export function digamma(x: number): number {
  let recurrence = 0;
  let argument = x;
  for (; argument < 7; argument++) recurrence -= 1 / argument;
  const shifted = argument - 1 / 2;
  const inverse2 = 1 / (shifted * shifted);
  const series = inverse2 * (1 / 24 - inverse2 * (7 / 960 - inverse2 * (31 / 8064 - (inverse2 * 127) / 30720)));
  return recurrence + Math.log(shifted) + series;
}
