/** erf in float64: its Maclaurin series near 0, the continued fraction of erfc in the tails; error < 1e-15. */
export function erfOf(x: number): number {
  const size = Math.abs(x);
  if (size < 3) {
    // erf x = 2/√π e^−x² Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!!  (Abramowitz & Stegun 7.1.6: all terms positive, no cancellation)
    let term = x;
    let total = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      total += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
  }
  // erfc x = e^−x²/√π · 1/(x + 1/2/(x + 1/(x + 3/2/(x + …))))  (7.1.14)
  let fraction = size;
  for (let n = 60; n >= 1; n--) fraction = size + n / 2 / fraction;
  const tail = Math.exp(-size * size) / (Math.sqrt(Math.PI) * fraction);
  return Math.sign(x) * (1 - tail);
}
