/**
 * Arithmetic of dimensions. A dim is a number or a polynomial of named sizes in canonical text: monomials with sorted
 * names ('4*B*S'), higher degrees first, then by name, the constant last ('B*T+1'). Equal dims are equal strings, so `===`
 * compares them. Knows nothing of tensors.
 */
import { AthanorError, invariant } from '../core/index.ts';
import type { Dim, Shape } from './types.ts';

/** Monomial ('' for the constant, else names joined by '*') → integer coefficient ≠ 0. */
type Polynomial = ReadonlyMap<string, number>;

/**
 * The canonical form of a dim written by hand, e.g. 'S*4*B' → '4*B*S'.
 * @throws AthanorError('bad-input') for a negative number, or text that is not sums and products of names and integers
 */
export function canonicalDim(dim: Dim): Dim {
  if (typeof dim === 'number') {
    if (!Number.isSafeInteger(dim) || dim < 0) throw badDim(dim);
    return dim;
  }
  return format(parse(dim));
}

export function canonicalShape(shape: Shape): Shape {
  return shape.map(canonicalDim);
}

function parse(dim: Dim): Polynomial {
  if (typeof dim === 'number') return new Map(dim === 0 ? [] : [['', dim]]);
  const polynomial = new Map<string, number>();
  const text = dim.replaceAll(/\s/g, '');
  const terms = text.match(/[+-]?[^+-]+/g);
  if (!terms || terms.join('') !== text) throw badDim(dim);
  for (const term of terms) {
    let coefficient = term.startsWith('-') ? -1 : 1;
    const names: string[] = [];
    for (const factor of term.replace(/^[+-]/, '').split('*')) {
      if (/^\d+$/.test(factor)) coefficient *= Number(factor);
      else if (/^[A-Za-z_]\w*$/.test(factor)) names.push(factor);
      else throw badDim(dim);
    }
    accumulate(polynomial, names.sort().join('*'), coefficient);
  }
  return polynomial;
}

function badDim(dim: Dim): AthanorError {
  return new AthanorError('bad-input', `'${dim}' is not a dimension`, {
    hint: "Use an integer ≥ 0, a name such as 'B', or sums and products of these such as '4*B*S' or 'T+1'.",
    values: { dim },
  });
}

function accumulate(polynomial: Map<string, number>, monomial: string, coefficient: number): void {
  const total = (polynomial.get(monomial) ?? 0) + coefficient;
  if (total === 0) polynomial.delete(monomial);
  else polynomial.set(monomial, total);
}

const degree = (monomial: string): number => (monomial === '' ? 0 : monomial.split('*').length);

function format(polynomial: Polynomial): Dim {
  if (polynomial.size === 0) return 0;
  if (polynomial.size === 1 && polynomial.has('')) return polynomial.get('')!;
  const terms = [...polynomial].sort(([a], [b]) => degree(b) - degree(a) || (a < b ? -1 : 1));
  const text = terms.map(([monomial, coefficient]) => {
    const sign = coefficient < 0 ? '-' : '+';
    const size = Math.abs(coefficient);
    if (monomial === '') return `${sign}${size}`;
    return size === 1 ? `${sign}${monomial}` : `${sign}${size}*${monomial}`;
  });
  return text.join('').replace(/^\+/, '');
}

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const result = new Map(parse(a));
  for (const [monomial, coefficient] of parse(b)) accumulate(result, monomial, coefficient);
  return format(result);
}

export function subtractDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const result = new Map(parse(a));
  for (const [monomial, coefficient] of parse(b)) accumulate(result, monomial, -coefficient);
  return format(result);
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  const result = new Map<string, number>();
  for (const [monomialA, coefficientA] of parse(a))
    for (const [monomialB, coefficientB] of parse(b)) {
      const names = [...monomialA.split('*'), ...monomialB.split('*')].filter(Boolean).sort();
      accumulate(result, names.join('*'), coefficientA * coefficientB);
    }
  return format(result);
}

/** a / b where b is a number or one monomial and divides a exactly; otherwise undefined. */
export function divideDims(a: Dim, b: Dim): Dim | undefined {
  if (a === b && a !== 0) return 1;
  const divisor = [...parse(b)];
  if (divisor.length !== 1) return undefined;
  const [monomial, coefficient] = divisor[0]!;
  const result = new Map<string, number>();
  for (const [dividend, factor] of parse(a)) {
    const names = dividend.split('*').filter(Boolean);
    for (const name of monomial.split('*').filter(Boolean)) {
      const at = names.indexOf(name);
      if (at < 0) return undefined;
      names.splice(at, 1);
    }
    if (factor % coefficient !== 0) return undefined;
    accumulate(result, names.join('*'), factor / coefficient);
  }
  return format(result);
}

/** The number of elements; 1 for a scalar. */
export function shapeSize(shape: Shape): Dim {
  return shape.reduce(multiplyDims, 1);
}

export function shapesEqual(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** NumPy broadcasting; a named dim meets itself or 1. Undefined where the shapes do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const dimA = a[axis - rank + a.length] ?? 1;
    const dimB = b[axis - rank + b.length] ?? 1;
    if (dimA !== dimB && dimA !== 1 && dimB !== 1) return undefined;
    result.push(dimA === 1 ? dimB : dimA);
  }
  return result;
}

/** The axes of `to` along which a tensor of shape `from` was repeated to get `to`. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const lead = to.length - from.length;
  return [...to.keys()].filter((axis) => axis < lead || (from[axis - lead] === 1 && to[axis] !== 1));
}

/** The names in a dim: ['B', 'S'] for '4*B*S+1'. */
export function dimNames(dim: Dim): string[] {
  if (typeof dim === 'number') return [];
  return [...new Set([...parse(dim).keys()].flatMap((monomial) => monomial.split('*').filter(Boolean)))];
}

/** The monomials of a dim, as [coefficient, names]; for emission of shape arithmetic. */
export function dimTerms(dim: Dim): [coefficient: number, names: string[]][] {
  return [...parse(dim)].map(([monomial, coefficient]) => [coefficient, monomial.split('*').filter(Boolean)]);
}

/** The size of a dim under sizes of its names. */
export function resolveDim(dim: Dim, sizes: ReadonlyMap<string, number>): number {
  if (typeof dim === 'number') return dim;
  let total = 0;
  for (const [coefficient, names] of dimTerms(dim)) {
    let product = coefficient;
    for (const name of names) {
      const size = sizes.get(name);
      invariant(size !== undefined, `dimension '${name}' has no size: no fed input has it`);
      product *= size;
    }
    total += product;
  }
  return total;
}

/** '[8, T, 4*B]' */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
