/** A probability as people read it. */
export function percent(probability: number): string {
  if (probability === 0) return '0 %';
  const hundredths = probability * 100;
  if (hundredths < 0.01) return '< 0.01 %';
  return `${hundredths.toFixed(hundredths >= 10 ? 1 : 2)} %`;
}

/** A number of nats and the like. */
export function short(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2).replace('-', '−') : value > 0 ? '∞' : value < 0 ? '−∞' : '–';
}
