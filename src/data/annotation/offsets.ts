/** UTF-16 code units (JavaScript) against code points (Python): both ways, linear in the text. */
import type { AnnotatedDocument, Span } from './schema.ts';

export type OffsetUnit = 'utf16' | 'code-points';

/** For each code unit its code point's number; one entry more than the text is long. undefined where both are equal. */
function pointsOf(text: string): Uint32Array | undefined {
  if (!/[\ud800-\udbff]/.test(text)) return undefined;
  const points = new Uint32Array(text.length + 1);
  let point = 0;
  for (let i = 0; i < text.length; i++) {
    points[i] = point;
    const wide = text.codePointAt(i)! > 0xffff;
    if (wide) points[++i] = point;
    point++;
  }
  points[text.length] = point;
  return points;
}

/** Maps every offset of a document. Offsets outside the text stay as far outside as they were. */
function mapOffsets(document: AnnotatedDocument, map: (offset: number) => number): AnnotatedDocument {
  const span = <Kind extends Span>(one: Kind): Kind => ({ ...one, start: map(one.start), end: map(one.end) });
  return {
    ...document,
    entities: document.entities.map(span),
    reasoning: document.reasoning.map((one) => ({ ...one, evidence: one.evidence.map(span) })),
  };
}

export function toCodePoints(document: AnnotatedDocument): AnnotatedDocument {
  const points = pointsOf(document.text);
  if (points === undefined) return document;
  const last = document.text.length;
  return mapOffsets(document, (offset) => (offset <= last ? points[offset]! : points[last]! + offset - last));
}

export function fromCodePoints(document: AnnotatedDocument): AnnotatedDocument {
  const points = pointsOf(document.text);
  if (points === undefined) return document;
  const units: number[] = [];
  for (let i = document.text.length; i >= 0; i--) units[points[i]!] = i;
  return mapOffsets(document, (offset) => units[offset] ?? document.text.length + offset - units.length + 1);
}
