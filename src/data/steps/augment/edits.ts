/** Changes to a text that carry entities with them: the text may change anywhere but inside an entity. */
import type { Entity } from '../../annotation/schema.ts';

/** Puts `text` in place of [start, end); with start = end it is inserted. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Edited {
  readonly text: string;
  readonly entities: readonly Entity[];
}

/**
 * Applies edits that do not overlap. What is inserted where an entity begins stands before it, where it ends behind it.
 * @returns undefined where an edit reaches into an entity
 */
export function applyEdits(text: string, entities: readonly Entity[], edits: readonly Edit[]): Edited | undefined {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  const parts: string[] = [];
  let at = 0;
  for (const edit of sorted) {
    parts.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  parts.push(text.slice(at));
  const moved: Entity[] = [];
  // Entities by start; nested ones may begin under the same shift, so the edits are walked again from a common place.
  let next = 0;
  let shift = 0;
  for (const entity of [...entities].sort((a, b) => a.start - b.start)) {
    while (next < sorted.length && sorted[next]!.end <= entity.start) {
      const edit = sorted[next++]!;
      shift += edit.text.length - (edit.end - edit.start);
    }
    const following = sorted[next];
    if (following !== undefined && following.start < entity.end) return undefined;
    moved.push({ ...entity, start: entity.start + shift, end: entity.end + shift });
  }
  return { text: parts.join(''), entities: moved };
}

/** Tells whether a stretch touches no entity. Entities must be sorted by where they begin. */
export function freeOf(entities: readonly Entity[]): (start: number, end: number) => boolean {
  // The furthest end so far makes nested entities harmless to the search.
  const starts = entities.map((entity) => entity.start);
  const ends: number[] = [];
  for (const { end } of entities) ends.push(Math.max(end, ends.at(-1) ?? 0));
  return (start, end) => {
    let low = 0;
    for (let high = starts.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (starts[middle]! < end) low = middle + 1;
      else high = middle;
    }
    return low === 0 || ends[low - 1]! <= start;
  };
}
