/** Runs the steps of a pre-tokenizer over a text: pieces as strings, or with alignments. The two agree. */
import { AlignedText } from '../aligned-text.ts';
import type { PreTokenizerStep } from '../types.ts';

/** A step whose `rewrite` asks whether the piece begins where the original text begins. */
export interface OriginStep extends PreTokenizerStep {
  readonly usesOrigin: true;
}

const asksForOrigin = (step: PreTokenizerStep) => (step as Partial<OriginStep>).usesOrigin === true;

/**
 * Whether a step needs to know where a piece begins in the original text. Without alignments that is known only of the
 * whole text, and only if no normalizer dropped or moved its beginning: with one, take `splitAligned`.
 */
export function usesOrigin(steps: readonly PreTokenizerStep[]): boolean {
  return steps.some(asksForOrigin);
}

/**
 * The pieces of a well-formed text; none is empty.
 * @param first whether the text begins where the original text begins
 */
export function splitText(text: string, steps: readonly PreTokenizerStep[], first: boolean): string[] {
  if (text === '') return [];
  const before = steps.slice(0, steps.findLastIndex(asksForOrigin));
  // A piece that was cut off may still begin at the origin (what was put in front of it shares its place): only
  // alignments tell.
  if (before.some((step) => step.cut) && before.some((step) => step.rewrite)) {
    const whole = AlignedText.of(first ? text : ` ${text}`).slice(first ? 0 : 1, text.length + (first ? 0 : 1));
    return splitAligned(whole, steps).map((piece) => piece.text);
  }
  let pieces = [text];
  let atOrigin = first; // whether the first piece begins where the original text begins; no other does
  for (const step of steps) {
    const next: string[] = [];
    for (const [i, piece] of pieces.entries()) {
      const rewritten = step.rewrite ? step.rewrite(piece, atOrigin && i === 0) : piece;
      if (!step.cut) {
        if (rewritten !== '') next.push(rewritten);
        continue;
      }
      const spans = step.cut(rewritten);
      if (i === 0 && spans[0] !== 0) atOrigin = false;
      for (let i = 0; i < spans.length; i += 2) next.push(rewritten.slice(spans[i], spans[i + 1]));
    }
    pieces = next;
  }
  return pieces;
}

/** The pieces of a text with alignments; none is empty. */
export function splitAligned(text: AlignedText, steps: readonly PreTokenizerStep[]): AlignedText[] {
  if (text.length === 0) return [];
  let pieces = [text];
  for (const step of steps) {
    const next: AlignedText[] = [];
    for (const piece of pieces) {
      const rewritten = step.align ? step.align(piece) : piece;
      if (!step.cut) {
        if (rewritten.length > 0) next.push(rewritten);
        continue;
      }
      const spans = step.cut(rewritten.text);
      for (let i = 0; i < spans.length; i += 2) next.push(rewritten.slice(spans[i]!, spans[i + 1]!));
    }
    pieces = next;
  }
  return pieces;
}
