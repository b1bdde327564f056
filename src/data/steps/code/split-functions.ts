/**
 * Files of code into functions, methods and (by option) classes, with tree-sitter: TypeScript, JavaScript, Python, Java,
 * Go, Rust, C, C++. A unit's text begins with its documentation, decorators and `export`; its id is `<id>#L<line>`. Meta:
 * `name`, `kind`, `parents`, `docstring` (without its marks), `docstring_span` (where it stands in the text),
 * `start_line`, `end_line`, `programming_language`. The language is `meta.programming_language`, else by the extension of
 * `meta.path`. Functions inside functions stay in them; units that the parser does not understand wholly are left out.
 * Origin: CodeSearchNet (Husain et al. 2019, §2: tree-sitter, functions of at least 3 lines, methods, docstrings).
 * Cost: about 1 MB of code a second and core; 0.1 s and 10 MB a language and thread; 128 MiB on hostile code.
 */
import { z } from 'zod';
import type { Document } from '../../document.ts';
import { defineStep } from '../../step.ts';
import { type Definition, definitionsOf } from './definitions.ts';
import { type CodeLanguage, codeLanguageOf, codeLanguages, grammars, pathOf } from './grammar.ts';
import { withParser } from './parser.ts';

const kinds = ['function', 'method', 'class'] as const;

export const splitFunctions = defineStep({
  name: 'split-functions',
  kind: 'code',
  version: 2,
  config: z.strictObject({
    units: z
      .array(z.enum(kinds))
      .min(1)
      .default(['function', 'method'])
      .describe(
        'What becomes a document. `class` means classes, structs, interfaces, enums, traits; with it methods come twice',
      ),
    languages: z
      .array(z.enum(codeLanguages))
      .min(1)
      .default([...codeLanguages])
      .describe('Languages that are split; others count as unsupported'),
    min_lines: z.int().min(1).default(3).describe('Shortest unit, in lines'),
    max_lines: z.int().min(1).default(1000).describe('Longest unit, in lines'),
    max_characters: z
      .int()
      .min(1)
      .default(500_000)
      .describe('Longest file, in UTF-16 code units; longer ones are dropped as `too-long`'),
    max_line: z
      .int()
      .min(1)
      .default(1000)
      .describe(
        'Longest line of a file; files with longer ones (minified, data) are dropped as `long-line`: parsers get slow on them',
      ),
    skip_tests: z.boolean().default(false).describe('Leave out units with `test` in their name, as CodeSearchNet does'),
    dedent: z.boolean().default(true).describe('Remove the indentation that a unit has in its file'),
    other: z
      .enum(['drop', 'keep'])
      .default('drop')
      .describe('Documents in no supported language: drop them as `unsupported-language`, or let them go on whole'),
  }),
  describe: ({ units, languages, min_lines }) =>
    `${units.join(', ')} of at least ${min_lines} lines from ${languages.join(', ')}`,
  each(options, context) {
    return async (document) => {
      const language = codeLanguageOf(document);
      if (language === undefined || !options.languages.includes(language)) {
        if (options.other === 'keep') return document;
        context.drop(document, 'unsupported-language', `its language is ${language ?? 'not known'}`);
        return undefined;
      }
      const { text } = document;
      if (text.length > options.max_characters) {
        context.drop(document, 'too-long', `${text.length} code units > ${options.max_characters}`);
        return undefined;
      }
      const line = longestLine(text);
      if (line > options.max_line) {
        context.drop(document, 'long-line', `longest line ${line} > ${options.max_line}`);
        return undefined;
      }
      const definitions = await parse(language, pathOf(document), text);
      if (definitions === undefined) {
        context.drop(document, 'unparsable', 'the parser made no way through it');
        return undefined;
      }
      const used = new Map<number, number>();
      const units = definitions.flatMap((one) => {
        if (!options.units.includes(one.kind)) return [];
        const lines = one.endLine - one.startLine + 1;
        const problem = one.broken
          ? 'broken-units'
          : lines < options.min_lines
            ? 'short-units'
            : lines > options.max_lines
              ? 'long-units'
              : options.skip_tests && /test/i.test(one.name)
                ? 'tests'
                : undefined;
        if (problem !== undefined) {
          context.count(problem);
          return [];
        }
        const n = (used.get(one.startLine) ?? 0) + 1;
        used.set(one.startLine, n);
        context.count(`${language}-units`);
        return [unitOf(document, one, language, n, options.dedent)];
      });
      if (units.length > 0) return units;
      context.drop(document, 'no-units', 'no function of the wanted size is in it');
      return undefined;
    };
  },
});

/**
 * The definitions of a file, or undefined where the parser makes no way through it. On hostile text mending errors takes
 * far more steps than parsing: its rounds (of about a hundred steps) are counted, not timed, for the same result
 * everywhere.
 */
function parse(language: CodeLanguage, path: string, text: string): Promise<Definition[] | undefined> {
  return withParser(language, path, (parser) => {
    let rounds = 1000 + text.length / 30;
    const tree = parser.parse(text, null, { progressCallback: () => --rounds < 0 });
    if (tree === null) {
      parser.reset();
      return undefined;
    }
    const definitions = definitionsOf(tree, text, language, grammars[language]);
    tree.delete();
    return definitions;
  });
}

function longestLine(text: string): number {
  let longest = 0;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    const stop = end < 0 ? text.length : end;
    longest = Math.max(longest, stop - at);
    at = stop + 1;
  }
  return longest;
}

function unitOf(document: Document, one: Definition, language: CodeLanguage, n: number, dedent: boolean): Document {
  const { kind, name, parents, docstring, startLine, endLine } = one;
  const source = document.text;
  // Indentation of the first line: what lies between the line's start and the unit.
  const lineStart = source.lastIndexOf('\n', one.start - 1) + 1;
  const indent = source.slice(lineStart, one.start);
  const width = dedent && /^[ \t]+$/.test(indent) ? indent : '';
  const cut = (from: number, to: number) =>
    width === '' ? source.slice(from, to) : source.slice(from, to).replaceAll(`\n${width}`, '\n');
  const text = cut(one.start, one.end);
  // The prefix is cut in the same way, so its length is the place in the new text.
  const span = one.docSpan && [cut(one.start, one.docSpan[0]).length, cut(one.start, one.docSpan[1]).length];
  const meta = {
    ...document.meta,
    name,
    kind,
    parents,
    ...(docstring === undefined ? {} : { docstring, docstring_span: span }),
    start_line: startLine,
    end_line: endLine,
    programming_language: language,
    path: pathOf(document),
  };
  return { ...document, id: `${document.id}#L${startLine}${n === 1 ? '' : `.${n}`}`, text, meta };
}
