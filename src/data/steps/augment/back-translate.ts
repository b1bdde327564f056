/**
 * Copies by translating a text into another language and back, by any OpenAI-compatible model; each copy through the next
 * of the `pivots`. With `meta.entities` a copy is kept only where every entity stands in it word for word, as often as in
 * the document; their offsets are found again.
 * Origin: Sennrich et al. 2016 (§3, for training translators); as augmentation Yu et al. 2018 (QANet, §3) and Xie et al.
 * 2020 (UDA, §2.2), whose sampling temperature of 0.9 is the default here. Cost: two requests a chunk and copy; one thread,
 * requests in parallel. With `endpoint.cache` a rerun asks nobody and gives the same bytes.
 */
import { z } from 'zod';
import { entitiesOf } from '../../annotation/meta-entities.ts';
import type { Entity } from '../../annotation/schema.ts';
import type { Document } from '../../document.ts';
import { ChatClient } from '../../openai-client/chat-client.ts';
import { endpointSchema } from '../../openai-client/endpoint.ts';
import { inOrder } from '../../openai-client/in-order.ts';
import { defineStep } from '../../step.ts';
import { eachLine } from '../../text/lines.ts';
import { splitWords } from '../../text/words.ts';
import type { Edited } from './edits.ts';
import { similarity } from './similarity.ts';
import { endpointTranslator, type Translator } from './translator.ts';
import { copyOf, isAugmentable, variantFields, withGroup } from './variants.ts';

const config = z.strictObject({
  endpoint: endpointSchema.describe('The model that translates'),
  pivots: z
    .array(z.string().min(1))
    .min(1)
    .default(['English', 'Chinese'])
    .describe(
      'Languages to go through, by English name; copies take them in turn, without the language of the text itself',
    ),
  language: z
    .string()
    .optional()
    .describe(
      'Language of the texts, by English name; default: by `meta.language`, else Chinese where Han characters prevail, else English',
    ),
  temperature: z.number().min(0).max(2).default(0.9).describe('Sampling temperature of both translations'),
  chunk_characters: z
    .int()
    .min(100)
    .default(4000)
    .describe('Longest piece that one request holds, in characters; cut at lines'),
  max_length_ratio: z
    .number()
    .min(1)
    .default(2)
    .describe('Copies longer than the document times this, or shorter than it divided by this, are rejected'),
  ...variantFields,
});
type Options = z.output<typeof config>;

export const backTranslate = defineStep({
  name: 'back-translate',
  kind: 'augment',
  version: 1,
  config,
  describe: ({ pivots, copies, endpoint }) =>
    `${copies} copies a document through ${pivots.join(', ')} and back, by ${endpoint.model}`,
  async *run(documents, options, context) {
    const client = new ChatClient(options.endpoint, context);
    const translator = endpointTranslator(client, options.temperature, context.signal);
    const work = async (given: Document) => {
      const document = withGroup(given);
      if (!isAugmentable(document, options, context) || document.text.trim() === '')
        return { document, made: undefined };
      return { document, made: await copiesOf(document, options, translator, (outcome) => context.count(outcome)) };
    };
    for await (const { document, made } of inOrder(documents, options.endpoint.concurrency, work)) {
      if (made === undefined || options.keep_original) yield document;
      if (made === undefined) continue;
      yield* made;
      if (made.length === 0 && !options.keep_original) context.drop(document, 'not-augmented', 'no copy was usable');
    }
  },
});

/** @param count hears what became of each copy */
export async function copiesOf(
  document: Document,
  options: Options,
  translator: Translator,
  count: (outcome: string) => void,
): Promise<Document[]> {
  const from = options.language ?? languageOf(document);
  const pivots = options.pivots.filter((one) => !from.includes(one) && !one.includes(from));
  if (pivots.length === 0) count('no-pivot');
  const made: Document[] = [];
  const seen = [splitWords(document.text)];
  for (let copy = 0; copy < options.copies && pivots.length > 0; copy++) {
    const pivot = pivots[copy % pivots.length]!;
    let outcome = 'unchanged';
    for (let attempt = 0; attempt < options.attempts; attempt++) {
      const variant = copy * options.attempts + attempt;
      const text = await thereAndBack(document.text, options.chunk_characters, from, pivot, variant, translator);
      const [edited, problem] = judge(document, text, seen, options);
      outcome = problem ?? 'copies';
      if (edited === undefined) continue;
      seen.push(splitWords(text));
      made.push(copyOf('back-translate', document, edited, copy + 1));
      break;
    }
    count(outcome);
  }
  return made;
}

async function thereAndBack(
  text: string,
  limit: number,
  from: string,
  pivot: string,
  variant: number,
  translator: Translator,
): Promise<string> {
  const pieces = piecesOf(text, limit).map(async (piece) => {
    const core = piece.trim();
    if (core === '') return piece;
    const there = await translator.translate(core, from, pivot, variant);
    const back = await translator.translate(there, pivot, from, variant);
    // The white space around a piece is the text's own.
    const start = piece.indexOf(core);
    return piece.slice(0, start) + back + piece.slice(start + core.length);
  });
  return (await Promise.all(pieces)).join('');
}

function judge(
  document: Document,
  text: string,
  seen: readonly (readonly string[])[],
  options: Options,
): [Edited | undefined, string | undefined] {
  if (text === document.text) return [undefined, 'unchanged'];
  const ratio = text.length / document.text.length;
  if (ratio > options.max_length_ratio || ratio < 1 / options.max_length_ratio) return [undefined, 'bad-length'];
  const words = splitWords(text);
  if (seen.some((one) => similarity(one, words) > options.max_similarity)) return [undefined, 'too-similar'];
  const entities = findAgain(document.text, entitiesOf(document), text);
  return entities === undefined ? [undefined, 'entities-lost'] : [{ text, entities }, undefined];
}

/** The entities in another text, where each one's words occur as often as before; the n-th occurrence stays the n-th. */
function findAgain(before: string, entities: readonly Entity[], after: string): Entity[] | undefined {
  const result: Entity[] = [];
  const places = new Map<string, [number[], number[]]>();
  for (const entity of entities) {
    const words = before.slice(entity.start, entity.end);
    const [old, now] = places.get(words) ?? [occurrences(before, words), occurrences(after, words)];
    places.set(words, [old, now]);
    const start = now[old.indexOf(entity.start)];
    if (old.length !== now.length || start === undefined) return undefined;
    result.push({ ...entity, start, end: start + words.length });
  }
  return result.sort((a, b) => a.start - b.start);
}

function occurrences(text: string, words: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + words.length)) found.push(at);
  return found;
}

/** Whole lines up to a limit; a line that is longer alone stays whole. */
function piecesOf(text: string, limit: number): string[] {
  const pieces: string[] = [];
  let start = 0;
  eachLine(text, (from, end) => {
    if (end - start > limit && from > start) {
      pieces.push(text.slice(start, from));
      start = from;
    }
  });
  pieces.push(text.slice(start));
  return pieces;
}

const NAMES = new Intl.DisplayNames(['en'], { type: 'language' });

function languageOf({ meta, text }: Document): string {
  const name = typeof meta.language === 'string' ? nameOf(meta.language) : undefined;
  if (name !== undefined) return name;
  const start = text.slice(0, 2000);
  return (start.match(/\p{Script=Han}/gu)?.length ?? 0) * 3 > start.length ? 'Chinese' : 'English';
}

function nameOf(tag: string): string | undefined {
  if (!/^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$/.test(tag)) return undefined;
  try {
    return NAMES.of(tag);
  } catch {
    return undefined; // no tag all the same, such as `en-a`
  }
}
