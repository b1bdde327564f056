/**
 * Reorders sentences (inside each paragraph) or paragraphs; what stands between them stays where it is. Entities move with
 * their sentence; sentences that one entity joins stay together.
 * Origin: sentence permutation of BART (Lewis et al. 2020, §2.2); `max_distance` keeps the moves local, as in the word
 * shuffling of Lample et al. 2018 (§2.3), which suits longer texts. Cost: one pass a copy.
 */
import { z } from 'zod';
import type { Rng } from '../../../core/index.ts';
import type { Entity } from '../../annotation/schema.ts';
import { defineStep } from '../../step.ts';
import { eachLine, isBlank } from '../../text/lines.ts';
import { eachSentence, splitSentences } from '../../text/sentences.ts';
import type { Edited } from './edits.ts';
import { rateField, variantFields, withVariants } from './variants.ts';

const units = ['sentences', 'paragraphs'] as const;

export const reorder = defineStep({
  name: 'reorder',
  kind: 'augment',
  version: 1,
  config: z.strictObject({
    unit: z.enum(units).default('sentences').describe('What is moved: sentences inside their paragraph, or paragraphs'),
    rate: rateField('the paragraphs whose sentences are reordered; for paragraphs: of the paragraphs that move', 1),
    max_distance: z
      .int()
      .min(1)
      .optional()
      .describe('How far a unit may move from its place, in units; default: anywhere'),
    ...variantFields,
    max_similarity: variantFields.max_similarity.describe(
      'Copies that are more alike than this to the document or to another copy are rejected: Dice over neighbouring sentences, from 0 to 1',
    ),
  }),
  describe: ({ unit, copies }) => `${copies} copies a document with ${unit} in another order`,
  each: (options, context) => (document) =>
    withVariants('reorder', document, options, context, splitSentences, (rng, entities) => {
      const groups = options.unit === 'sentences' ? sentenceGroups(document.text) : [paragraphs(document.text)];
      return rearrange(document.text, entities, groups, options, rng);
    }),
});

type Span = readonly [number, number];

/** Blocks of lines without blank ones between. */
function paragraphs(text: string): Span[] {
  const found: [number, number][] = [];
  let open = false;
  eachLine(text, (start, end) => {
    if (isBlank(text, start, end)) open = false;
    else if (open) found.at(-1)![1] = end;
    else {
      found.push([start, end]);
      open = true;
    }
  });
  return found;
}

/** The sentences of each paragraph. */
function sentenceGroups(text: string): Span[][] {
  const ends = paragraphs(text).map(([, end]) => end);
  const groups: Span[][] = ends.map(() => []);
  let group = 0;
  eachSentence(text, (start, end) => {
    while (group < ends.length - 1 && ends[group]! <= start) group++;
    groups[group]?.push([start, end]);
  });
  return groups;
}

function rearrange(
  text: string,
  entities: readonly Entity[],
  groups: readonly (readonly Span[])[],
  { rate, max_distance, unit }: { rate: number; max_distance?: number | undefined; unit: (typeof units)[number] },
  rng: Rng,
): Edited | undefined {
  const parts: string[] = [];
  /** Where each moved stretch lay and where it lies now. */
  const moves: { from: Span; to: number }[] = [];
  let at = 0;
  let length = 0;
  const copy = (from: number, to: number) => {
    if (to <= from) return;
    parts.push(text.slice(from, to));
    moves.push({ from: [from, to], to: length });
    length += to - from;
  };
  for (const raw of groups) {
    const group = joined(raw, entities);
    if (group.length < 2 || (unit === 'sentences' && rng.uniform() >= rate)) continue;
    const order = permute(group.length, unit === 'paragraphs' ? rate : 1, max_distance, rng);
    for (const [slot, [start, end]] of group.entries()) {
      copy(at, start);
      copy(...group[order[slot]!]!);
      at = end;
    }
  }
  copy(at, text.length);
  const moved: Entity[] = [];
  const sorted = [...moves].sort((a, b) => a.from[0] - b.from[0]);
  let next = 0;
  for (const entity of entities) {
    while (next < sorted.length - 1 && sorted[next]!.from[1] <= entity.start) next++;
    const shift = sorted[next]!.to - sorted[next]!.from[0];
    // It reaches over the border of what moved: offsets would be wrong.
    for (let i = next; i < sorted.length && sorted[i]!.from[0] < entity.end; i++)
      if (sorted[i]!.to - sorted[i]!.from[0] !== shift) return undefined;
    moved.push({ ...entity, start: entity.start + shift, end: entity.end + shift });
  }
  return { text: parts.join(''), entities: moved.sort((a, b) => a.start - b.start || b.end - a.end) };
}

/** Units that one entity joins become one. */
function joined(group: readonly Span[], entities: readonly Entity[]): Span[] {
  const result: [number, number][] = [];
  let next = 0;
  let furthest = 0;
  for (const [start, end] of group) {
    while (next < entities.length && entities[next]!.start < start)
      furthest = Math.max(furthest, entities[next++]!.end);
    const last = result.at(-1);
    if (last !== undefined && furthest > last[1]) last[1] = end;
    else result.push([start, end]);
  }
  return result;
}

/** An order of n units of which `rate` move, each at most `distance` places where that is given. */
function permute(n: number, rate: number, distance: number | undefined, rng: Rng): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  if (distance !== undefined) {
    // Sorting by place + noise below distance + 1 moves nothing further than that (Lample et al. 2018).
    const keys = order.map((i) => i + rng.uniform() * (distance + 1));
    return order.sort((a, b) => keys[a]! - keys[b]!);
  }
  const movers = order.filter(() => rng.uniform() < rate);
  const shuffled = rng.shuffle([...movers]);
  for (const [i, slot] of movers.entries()) order[slot] = shuffled[i]!;
  return order;
}
