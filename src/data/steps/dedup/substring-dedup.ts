/**
 * Removes passages that came before word for word: substrings of `min_length` units and more that occur twice or more in
 * the corpus, however the documents around them differ. The first occurrence stays (or none: `keep: none`).
 * Origin: Lee et al. 2022, "Deduplicating Training Data Makes Language Models Better" (§4.1, EXACTSUBSTR: 50 tokens).
 *
 * Instead of a suffix array over the corpus, which must lie in memory or on a fast disk as a whole: a substring of N units
 * and more that repeats is a chain of N-grams that repeat, so the N-grams are looked up; and to hash few of them, a first
 * pass compares anchors (winnowing, about one in 13 units at N = 50), and only N-grams around an anchor that repeats are
 * sorted. Every repeated substring holds an anchor that repeats, so the result is the suffix array's, up to 96-bit hashes
 * in place of a comparison. Boilerplate that repeats a hundred thousand times costs its length, not its square.
 *
 * Units: words (a Han character, or a mark, is one; white space does not count), characters, or the tokens of a tokenizer,
 * as the paper counts; texts of more than 64 Ki characters are tokenized in parts. Half a character or a letter without its
 * accents is never left. Default: 50 words; Chinese text says more in 50 characters, so raise it there if short quotations
 * shall stay.
 *
 * Cost: one pass on all cores, some 0.6 bytes a word; documents with a repeated anchor are read once more, on one thread;
 * sorted out of core within the memory given.
 */
import { z } from 'zod';
import { ExternalSort } from '../../sorting/external-sort.ts';
import { type Apply, type DecideContext, defineStep, type Scan, type StepContext } from '../../step.ts';
import { classOf, codePointAt, format, mark } from '../../text/characters.ts';
import { openTokenizer, tokenizerFiles } from '../../text/step-tokenizer.ts';
import { eachAnchor, eachRun, TextUnits } from '../../text/units.ts';
import { withoutRanges } from './pieces.ts';
import { sortRepeatedHashes } from './repeated-hashes.ts';
import { TokenUnits } from './token-units.ts';

const config = z.strictObject({
  unit: z
    .enum(['word', 'character', 'token'])
    .default('word')
    .describe('What length is counted in: words (a Han character or a mark is one), characters, or tokens'),
  tokenizer: z.string().optional().describe('For `token`: directory, file or name of the tokenizer'),
  min_length: z.int().min(8).max(100_000).default(50).describe('Length in units from which a repeat is removed'),
  keep: z.enum(['first', 'none']).default('first').describe('Which occurrence stays'),
  min_left: z
    .int()
    .min(0)
    .default(50)
    .describe('A document that lost passages and keeps fewer characters than this is dropped'),
});
type Options = z.output<typeof config>;

export const substringDedup = defineStep({
  name: 'substring-dedup',
  kind: 'dedup',
  version: 1,
  config,
  files: ({ unit, tokenizer }, baseDir) => (unit === 'token' ? tokenizerFiles(tokenizer, baseDir) : []),
  describe: ({ unit, min_length, keep }) =>
    `Passages of ${min_length} ${unit}s and more that occur more than once: ${keep === 'first' ? 'the first stays' : 'none stays'}`,
  survey: { scan, decide, apply },
});

const anchorsOf = ({ min_length }: Options) => ({ length: min_length, inner: Math.ceil(min_length / 2) });

async function unitsOf({ unit, tokenizer }: Options, { baseDir }: StepContext): Promise<TextUnits | TokenUnits> {
  return unit === 'token'
    ? new TokenUnits(await openTokenizer(tokenizer, baseDir, 'substring-dedup'))
    : new TextUnits(unit);
}

async function scan(options: Options, context: StepContext): Promise<Scan> {
  const units = await unitsOf(options, context);
  const anchors = anchorsOf(options);
  let words = new Int32Array(256);
  return ({ text }) => {
    units.read(text);
    let length = 0;
    eachAnchor(units, anchors, (_, a, b) => {
      if (length === words.length) {
        const larger = new Int32Array(2 * words.length);
        larger.set(words);
        words = larger;
      }
      words[length++] = a;
      words[length++] = b;
    });
    return length === 0 ? undefined : new Uint8Array(words.buffer, 0, length * 4);
  };
}

async function decide(options: Options, context: DecideContext): Promise<void> {
  const memoryBytes = context.memoryBytes / 3;
  const repeated = await sortRepeatedAnchors(context, memoryBytes);
  const units = await unitsOf(options, context);
  const runs = sortRuns(repeated, units, { options, context, memoryBytes });
  const { directory } = context;
  // (document, first unit, unit behind the last)
  const ranges = new ExternalSort({ width: 3, keys: 2, memoryBytes, directory, name: 'ranges' });
  const range = new Uint32Array(3);
  const first = new Uint32Array(5);
  let size = 0;
  const add = (document: number, start: number, end: number): void => {
    range[0] = document;
    range[1] = start;
    range[2] = end;
    if (start < end) ranges.add(range);
  };
  for (const { words, count } of runs.sorted()) {
    for (let at = 0; at < 5 * count; at += 5) {
      const [document, start] = [words[at + 3]!, words[at + 4]!];
      if (size === 0 || words[at] !== first[0] || words[at + 1] !== first[1] || words[at + 2] !== first[2]) {
        first.set(words.subarray(at, at + 5));
        size = 1;
        continue;
      }
      if (options.keep === 'none') {
        if (size === 1) add(first[3]!, first[4]!, first[4]! + options.min_length);
        add(document, start, start + options.min_length);
      } else {
        // What a repeat shares with the occurrence that stays, stays: `aaaa…` keeps its first run.
        const shared = document === first[3] ? first[4]! + options.min_length : 0;
        add(document, Math.max(start, shared), start + options.min_length);
      }
      size++;
    }
  }
  giveVerdicts(ranges, context);
}

/** (document, number of the anchor in it) of the anchors that occur more than once, in that order. */
async function sortRepeatedAnchors(context: DecideContext, memoryBytes: number): Promise<ExternalSort> {
  const { directory } = context;
  const byHash = await sortRepeatedHashes(context, memoryBytes);
  const byPlace = new ExternalSort({ width: 2, keys: 2, memoryBytes, directory, name: 'repeated-anchors' });
  const last = new Uint32Array(4);
  let size = 0;
  for (const { words: sorted, count } of byHash.sorted()) {
    for (let at = 0; at < 4 * count; at += 4) {
      const same = size > 0 && sorted[at] === last[0] && sorted[at + 1] === last[1];
      if (same && size === 1) byPlace.add(last, 2);
      if (same) byPlace.add(sorted, at + 2);
      size = same ? size + 1 : 1;
      last.set(sorted.subarray(at, at + 4));
    }
  }
  return byPlace;
}

/** (96 bits, document, first unit) of the runs of `min_length` units around repeated anchors, equal ones together. */
function sortRuns(
  repeated: ExternalSort,
  units: TextUnits | TokenUnits,
  { options, context, memoryBytes }: { options: Options; context: DecideContext; memoryBytes: number },
): ExternalSort {
  const length = options.min_length;
  const anchors = anchorsOf(options);
  const runs = new ExternalSort({ width: 5, keys: 3, memoryBytes, directory: context.directory, name: 'runs' });
  const record = new Uint32Array(5);
  const readDocument = (document: number, wanted: readonly number[]): void => {
    units.read(context.read([document])[0]!.text);
    record[3] = document;
    const last = units.count - length;
    let number = 0;
    let next = 0;
    let done = 0; // runs before this one are hashed
    let [from, to] = [0, 0];
    const hashRange = (): void => {
      if (from < to) {
        eachRun(units, length, from, to, (start, a, b, c) => {
          record[0] = a;
          record[1] = b;
          record[2] = c;
          record[4] = start;
          runs.add(record);
        });
      }
      done = Math.max(done, to);
    };
    eachAnchor(units, anchors, (start) => {
      if (number++ !== wanted[next]) return;
      next++;
      const begin = Math.max(done, start + anchors.inner - length, 0);
      const end = Math.min(last, start) + 1;
      // Neighbouring anchors' runs are hashed in one go.
      if (begin <= to && from < to) to = Math.max(to, end);
      else {
        hashRange();
        [from, to] = [Math.max(done, begin), end];
      }
    });
    hashRange();
  };
  let document = -1;
  let wanted: number[] = [];
  for (const { words, count } of repeated.sorted()) {
    for (let at = 0; at < 2 * count; at += 2) {
      if (words[at] !== document) {
        if (document >= 0) readDocument(document, wanted);
        document = words[at]!;
        wanted = [];
      }
      wanted.push(words[at + 1]!);
    }
  }
  if (document >= 0) readDocument(document, wanted);
  return runs;
}

/** Ranges that touch or overlap become one; a verdict is [start, end, start, end …] in units. */
function giveVerdicts(ranges: ExternalSort, context: DecideContext): void {
  let document = -1;
  let merged: number[] = [];
  for (const { words, count } of ranges.sorted()) {
    for (let at = 0; at < 3 * count; at += 3) {
      if (words[at] !== document) {
        if (document >= 0) context.verdict(document, merged);
        document = words[at]!;
        merged = [];
      }
      const [start, end] = [words[at + 1]!, words[at + 2]!];
      const last = merged.length - 1;
      if (last > 0 && start <= merged[last]!) merged[last] = Math.max(merged[last]!, end);
      else merged.push(start, end);
    }
  }
  if (document >= 0) context.verdict(document, merged);
}

async function apply(options: Options, context: StepContext): Promise<Apply> {
  const units = await unitsOf(options, context);
  return (document, verdict) => {
    if (verdict === undefined) return document;
    const { text } = document;
    units.read(text);
    const ranges: number[] = [];
    for (let i = 0, given = verdict as readonly number[]; i < given.length; i += 2) {
      const last = given[i + 1]!;
      const first = given[i]!;
      // A token may begin inside a character, which belongs to the one before it.
      const begin = Math.max(units.starts[first]!, first > 0 ? units.ends[first - 1]! : 0);
      const start = behindMarks(text, begin);
      const end = behindMarks(text, last < units.count ? units.starts[last]! : text.length);
      if (start < end) ranges.push(start, end);
    }
    return withoutRanges(document, ranges, { context, plural: 'passages', minLeft: options.min_left });
  };
}

/** The first place from `at` on where no mark or joiner belongs to the character before. */
function behindMarks(text: string, at: number): number {
  let place = at;
  while (place > 0 && place < text.length) {
    const point = codePointAt(text, place);
    const kind = classOf(point);
    const joined = kind === mark || kind === format || (text.charCodeAt(place - 1) === 0x200d && kind !== 1);
    if (!joined) break;
    place += point > 0xffff ? 2 : 1;
  }
  return place;
}
