const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A logarithmic axis from one power of ten to another, with at most seven of them named: 10⁻⁴, 10⁻², 1. */
export function powersOfTen(least: number, greatest: number) {
  const step = Math.ceil((greatest - least) / 6);
  const exponents: number[] = [];
  for (let exponent = least; exponent <= greatest; exponent++) if (exponent % step === 0) exponents.push(exponent);
  const labels = exponents.map((exponent) => (exponent === 0 ? '1' : `10${superscript(exponent)}`));
  return {
    scale: { type: 'log' as const, domain: [10 ** least, 10 ** greatest], nice: false, clamp: true },
    axis: {
      values: exponents.map((exponent) => 10 ** exponent),
      labelExpr: `${JSON.stringify(labels)}[round((log(datum.value) / LN10 - ${exponents[0] ?? 0}) / ${step})]`,
    },
  };
}

function superscript(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('');
  return exponent < 0 ? `⁻${digits}` : digits;
}
