/**
 * Signs of a crawler trap: a place that makes new URLs without end. A page of next-links (a calendar) is told by the run
 * of pages of one shape that lead to one another; a broken relative link by path segments that repeat. Heritrix' rules
 * TooManyPathSegments and PathologicalPath are the model; the run of shapes is ours. Pure.
 */
import { hostOf } from './url.ts';

export interface TrapRules {
  /** Most segments of a path. */
  readonly maxPathSegments: number;
  /** Most parameters of a query. */
  readonly maxQueryParameters: number;
  /** Most pages of one shape in a row, each found on the one before; 0: no limit. */
  readonly maxSameShape: number;
}

/** Why a URL looks like a trap, or undefined. @param run of the page that it was found on, see `runOf` */
export function trapIn(
  url: string,
  run: number,
  rules: TrapRules,
): 'path-too-deep' | 'repeating-path' | 'too-many-parameters' | 'same-shape' | undefined {
  const [path = '', query = ''] = url.slice(url.indexOf('//') + 2).split('?', 2);
  const segments = path.split('/').slice(1);
  if (segments.filter((segment) => segment !== '').length > rules.maxPathSegments) return 'path-too-deep';
  if (repeats(segments)) return 'repeating-path';
  if (query !== '' && query.split('&').length > rules.maxQueryParameters) return 'too-many-parameters';
  return rules.maxSameShape > 0 && run >= rules.maxSameShape ? 'same-shape' : undefined;
}

/** Three times the same one or two or three segments in a row: `/a/b/a/b/a/b`. */
function repeats(segments: readonly string[]): boolean {
  for (let size = 1; size <= 3; size++) {
    let same = 0;
    for (let i = size; i < segments.length; i++) {
      same = segments[i] !== '' && segments[i] === segments[i - size] ? same + 1 : 0;
      if (same >= 2 * size) return true;
    }
  }
  return false;
}

/** A URL with its numbers and ids masked. */
export function shapeOf(url: string): string {
  const masked = url.toLowerCase().replace(/[0-9a-f]+/g, (run) => (/\d/.test(run) ? '0' : run));
  return masked.includes('?') ? masked.replace(/=[^&]*/g, (value) => (/0/.test(value) ? '=0' : value)) : masked;
}

/** How many pages of one shape led to this URL in a row. Only URLs with numbers in them count. */
export function runOf(url: string, parent: string, parentRun: number): number {
  if (hostOf(url) !== hostOf(parent)) return 0;
  const shape = shapeOf(url);
  const start = shape.indexOf('/', shape.indexOf('//') + 2);
  return shape.includes('0', start) && shape === shapeOf(parent) ? parentRun + 1 : 0;
}
