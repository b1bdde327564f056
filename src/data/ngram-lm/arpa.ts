/**
 * The ARPA format of back-off n-gram models (Doug Paul's at MIT Lincoln Laboratory; as SRILM and KenLM read and write
 * it): `\data\`, the counts, then for each order lines of log10 probability, words, log10 back-off, parted by tabs.
 */
import { AthanorError } from '../../core/index.ts';
import { findChild, type Level, type NgramWeights } from './model.ts';
import type { UnitSettings } from './units.ts';

/** The file's lines, line ends included. */
export function* writeArpa({ levels, vocabulary }: NgramWeights): Generator<string> {
  yield '\\data\\\n';
  for (const [i, { words }] of levels.entries()) yield `ngram ${i + 1}=${words.length}\n`;
  const parents = levels.map((level, i) => (i === 0 ? new Uint32Array(0) : parentsOf(levels[i - 1]!, level)));
  for (const [i, level] of levels.entries()) {
    yield `\n\\${i + 1}-grams:\n`;
    for (let at = 0; at < level.words.length; at++) {
      let ngram = '';
      for (let k = i, place = at; k >= 0; place = parents[k]![place]!, k--)
        ngram = `${vocabulary[levels[k]!.words[place]!]}${ngram === '' ? '' : ' '}${ngram}`;
      const backoff = i < levels.length - 1 ? `\t${number(level.backoffs[at]!)}` : '';
      yield `${number(level.logProbabilities[at]!)}\t${ngram}${backoff}\n`;
    }
  }
  yield '\n\\end\\\n';
}

/** Nine digits tell any 32-bit float from its neighbours. */
const number = (value: number): string => String(Number(value.toPrecision(9)));

function parentsOf(above: Level, level: Level): Uint32Array {
  const parents = new Uint32Array(level.words.length);
  for (let parent = 0; parent < above.words.length; parent++)
    parents.fill(parent, above.children[parent]!, above.children[parent + 1]!);
  return parents;
}

interface Entry {
  readonly parent: number;
  readonly word: number;
  readonly log10: number;
  readonly backoff: number;
}

/**
 * Reads an ARPA file.
 * @param units how the model's words were made from text; the file does not say it
 * @throws AthanorError('bad-file') naming the line
 */
export async function readArpa(
  lines: AsyncIterable<string> | Iterable<string>,
  units: UnitSettings,
  path: string,
): Promise<NgramWeights> {
  let number = 0;
  const bad = (what: string) =>
    new AthanorError('bad-file', `${path}:${number}: ${what}`, {
      place: `${path}:${number}`,
      hint: 'Expected an ARPA file.',
    });
  const sizes: number[] = [];
  const vocabulary = ['<unk>', '<s>', '</s>'];
  const numbers = new Map(vocabulary.map((word, i) => [word, i]));
  const levels: Level[] = [];
  let entries: Entry[] = [];
  /** 0 before the n-grams, -1 behind the end. */
  let order = 0;
  let started = false;
  const finish = () => {
    if (order < 1) return;
    if (entries.length !== sizes[order - 1])
      throw bad(`${entries.length} ${order}-grams, ${sizes[order - 1]} were announced`);
    addLevel(levels, entries, vocabulary.length, order === sizes.length);
    entries = [];
  };
  for await (const raw of lines) {
    number++;
    const line = raw.replace(/[\r\n]+$/, '');
    if (line === '' || order < 0) continue;
    if (line === '\\data\\') started = true;
    else if (!started) continue;
    else if (line === '\\end\\') {
      finish();
      order = -1;
    } else if (/^\\\d+-grams:$/.test(line)) {
      finish();
      order++;
      if (line !== `\\${order}-grams:` || order > sizes.length)
        throw bad(`'${line}' where \\${order}-grams: was expected`);
    } else if (order === 0) {
      const [, k, n] = /^ngram\s+(\d+)\s*=\s*(\d+)$/.exec(line) ?? [];
      if (Number(k) !== sizes.length + 1) throw bad(`'${line.slice(0, 80)}' where a count was expected`);
      sizes.push(Number(n));
    } else entries.push(parseEntry(line, order, levels, numbers, vocabulary, bad));
  }
  if (order !== -1) throw bad('the file ends before \\end\\');
  return { units, vocabulary, levels };
}

function parseEntry(
  line: string,
  order: number,
  levels: readonly Level[],
  numbers: Map<string, number>,
  vocabulary: string[],
  bad: (what: string) => AthanorError,
): Entry {
  const fields = line.split(/[\t ]+/);
  if (fields.length < order + 1 || fields.length > order + 2)
    throw bad(`expected ${order} words, found ${line.slice(0, 80)}`);
  const log10 = Number(fields[0]);
  const backoff = Number(fields[order + 1] ?? 0);
  if (!Number.isFinite(log10) || !Number.isFinite(backoff)) throw bad(`not a number in ${line.slice(0, 80)}`);
  const words = fields.slice(1, order + 1).map((word) => {
    const known = numbers.get(word) ?? numbers.get(word.toLowerCase() === '<unk>' ? '<unk>' : word);
    if (known !== undefined) return known;
    if (order > 1) throw bad(`'${word}' is no 1-gram`);
    numbers.set(word, vocabulary.length);
    return vocabulary.push(word) - 1;
  });
  let parent = 0;
  for (let k = 0; k < order - 1; k++) {
    parent = k === 0 ? words[0]! : findChild(levels[k - 1]!, levels[k]!, parent, words[k]!);
    if (parent < 0) throw bad('an n-gram whose first words are no n-gram');
  }
  return { parent, word: words[order - 1]!, log10, backoff };
}

function addLevel(levels: Level[], entries: readonly Entry[], words: number, last: boolean): void {
  const first = levels.length === 0;
  const size = first ? words : entries.length;
  const sorted = [...entries].sort((a, b) => a.parent - b.parent || a.word - b.word);
  const level: Level = {
    words: Uint32Array.from({ length: size }, (_, i) => (first ? i : sorted[i]!.word)),
    logProbabilities: new Float32Array(size).fill(-99),
    backoffs: new Float32Array(last ? 0 : size),
    children: new Uint32Array(0),
  };
  for (const [i, { word, log10, backoff }] of sorted.entries()) {
    const at = first ? word : i;
    level.logProbabilities[at] = log10;
    if (!last) level.backoffs[at] = backoff;
  }
  if (!first) {
    const above = levels[levels.length - 1]!;
    const children = new Uint32Array(above.words.length + 1);
    for (const { parent } of sorted) children[parent + 1]!++;
    for (let i = 0; i < above.words.length; i++) children[i + 1]! += children[i]!;
    levels[levels.length - 1] = { ...above, children };
  }
  levels.push(level);
}
