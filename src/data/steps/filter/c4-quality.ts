/**
 * C4's rules: keeps only lines that read like sentences, and drops documents that are left with too few of them.
 * Origin: Raffel et al. 2020 (T5), §2.2, with the rules that only the code has (policy lines, very long words), as
 * datatrove's C4QualityFilter applies them; C4's word list is the step `lexicon`.
 * Chinese: in a line with ideographs each ideograph is a word, 。！？…” and their kin end it, and a run without spaces
 * is no long word. Sentences are counted by rules (src/data/text/sentences.ts) instead of NLTK's punkt model.
 */
import { z } from 'zod';
import { countCharacters } from '../../document.ts';
import { defineStep, type StepContext } from '../../step.ts';
import { classOf, codePointAt, ideograph, isSpace } from '../../text/characters.ts';
import { eachLine } from '../../text/lines.ts';
import { countSentences } from '../../text/sentences.ts';

const config = z.strictObject({
  terminal_punctuation: z
    .array(z.string().min(1))
    .default(['.', '?', '!', '"', "'"])
    .describe('What a line must end with; an empty list keeps every line'),
  chinese_terminal_punctuation: z
    .array(z.string().min(1))
    .default([...'。！？；…”’」』》）.?!"', "'"])
    .describe('The same for lines with ideographs'),
  min_words_per_line: z.int().min(0).default(3).describe('Lines with fewer words are dropped'),
  max_word_length: z
    .int()
    .positive()
    .nullable()
    .default(1000)
    .describe('Lines with a longer word, in characters, are dropped'),
  min_sentences: z
    .int()
    .min(0)
    .default(5)
    .describe('Documents with fewer sentences, after their lines were dropped, are dropped'),
  remove_citations: z
    .boolean()
    .default(true)
    .describe('Remove `[1]`, `[edit]`, `[citation needed]` and the Chinese ones'),
  lorem_ipsum: z.boolean().default(true).describe('Drop documents with "lorem ipsum"'),
  curly_brackets: z.boolean().default(true).describe('Drop documents with `{` in a line that would be kept'),
  javascript: z.boolean().default(true).describe('Drop lines with "javascript"'),
  policy: z.boolean().default(true).describe('Drop lines about terms of use, privacy and cookies'),
});

type Config = z.output<typeof config>;

const CITATION = /\[\d*\]|\[edit\]|\[citation needed\]|\[编辑\]|\[編輯\]|\[来源请求\]|\[來源請求\]/g;
const POLICY = ['terms of use', 'privacy policy', 'cookie policy', 'uses cookies', 'use of cookies', 'use cookies'];

export const c4Quality = defineStep({
  name: 'c4-quality',
  kind: 'filter',
  version: 1,
  config,
  describe: ({ min_words_per_line, min_sentences }) =>
    `C4 rules: lines end in punctuation and have ${min_words_per_line} words, at least ${min_sentences} sentences are left`,
  each: (options, context) => (document) => {
    const outcome = keepLines(document.text, options, context);
    if (typeof outcome !== 'string') {
      return context.drop(document, outcome.reason, outcome.detail);
    }
    return outcome === document.text ? document : { ...document, text: outcome };
  },
});

/** The text that is left, or why the document is dropped. */
function keepLines(text: string, options: Config, context: StepContext): string | { reason: string; detail: string } {
  const kept: string[] = [];
  let sentences = 0;
  let fatal: string | undefined;
  const dropLine = (reason: string) => context.count(`lines-${reason}`);
  eachLine(text, (start, end) => {
    if (fatal) return;
    const verdict = judgeLine(trimSpaces(text, start, end), options);
    if (verdict.fatal) fatal = verdict.fatal;
    else if (verdict.reason) dropLine(verdict.reason);
    else {
      kept.push(verdict.line);
      if (options.min_sentences > 0) sentences += countSentences(verdict.line);
    }
  });
  if (fatal)
    return { reason: fatal, detail: fatal === 'curly-bracket' ? 'a line holds {' : 'a line holds "lorem ipsum"' };
  if (sentences < options.min_sentences)
    return { reason: 'too-few-sentences', detail: `${sentences} sentences are left < ${options.min_sentences}` };
  const joined = kept.join('\n');
  return trimSpaces(joined, 0, joined.length);
}

interface Verdict {
  readonly line: string;
  readonly reason?: string;
  /** Why the whole document goes. */
  readonly fatal?: string;
}

function judgeLine(given: string, options: Config): Verdict {
  const { words, longest, chinese } = measureWords(given);
  let line = given;
  if (options.max_word_length !== null && longest > options.max_word_length) return { line, reason: 'long-word' };
  if (options.remove_citations && line.includes('[')) line = line.replace(CITATION, '');
  const endings = chinese ? options.chinese_terminal_punctuation : options.terminal_punctuation;
  if (endings.length > 0 && (!endings.some((ending) => line.endsWith(ending)) || line.endsWith('...')))
    return { line, reason: 'no-terminal-punctuation' };
  if (words < options.min_words_per_line) return { line, reason: 'few-words' };
  const lower = line.toLowerCase();
  if (options.lorem_ipsum && lower.includes('lorem ipsum')) return { line, fatal: 'lorem-ipsum' };
  if (options.javascript && lower.includes('javascript')) return { line, reason: 'javascript' };
  if (options.curly_brackets && line.includes('{')) return { line, fatal: 'curly-bracket' };
  if (options.policy && POLICY.some((phrase) => lower.includes(phrase))) return { line, reason: 'policy' };
  return { line };
}

/** Words between white space; in a run with ideographs each of these is one. */
function measureWords(line: string): { words: number; longest: number; chinese: boolean } {
  let words = 0;
  let longest = 0;
  let chinese = false;
  let start = -1;
  const close = (end: number) => {
    if (start < 0) return;
    words++;
    // Units are no fewer than characters: the exact count is seldom needed.
    if (end - start > longest) longest = Math.max(longest, countCharacters(line.slice(start, end)));
    start = -1;
  };
  for (let at = 0; at < line.length; ) {
    const codePoint = codePointAt(line, at);
    const next = codePoint > 0xffff ? at + 2 : at + 1;
    const kind = classOf(codePoint);
    if (kind === ideograph) {
      close(at);
      chinese = true;
      words++;
    } else if (isSpace(codePoint)) close(at);
    else if (start < 0) start = at;
    at = next;
  }
  close(line.length);
  return { words, longest, chinese };
}

function trimSpaces(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isSpace(text.charCodeAt(from))) from++;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}
