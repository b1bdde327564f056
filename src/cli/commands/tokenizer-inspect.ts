/** `athanor tokenizer inspect`: what is in a vocabulary, how well it compresses, alone and beside others. */
import { basename } from 'node:path';
import { AthanorError, unknownName } from '../../core/index.ts';
import {
  filterTokens,
  inspectTokenizer,
  listTokens,
  type NamedTexts,
  sampleTexts,
  type TokenFilter,
  type TokenKind,
  tokenKinds,
} from '../../tokenizer/index.ts';
import { loadTokenizer } from '../../tokenizer/node.ts';
import { defineCommand, type OptionValues } from '../command.ts';
import { readItems } from '../input.ts';
import { openTokenizer, patternOption, tokenizerDirectory, tokenizerOption } from '../tokenizer-option.ts';
import { reportJson, reportLines, tokenLines } from '../tokenizer-report.ts';

export const tokenizerInspect = defineCommand({
  name: 'tokenizer-inspect',
  options: [
    tokenizerOption,
    patternOption,
    { flags: '--against <dirs>', describe: 'option.inspect.against', kind: 'commas' },
    { flags: '--input <file>', describe: 'option.inspect.input', kind: 'list' },
    { flags: '--find <regex>', describe: 'option.inspect.find' },
    { flags: '--kind <kinds>', describe: 'option.inspect.kind', kind: 'commas' },
    { flags: '--script <name>', describe: 'option.inspect.script' },
    { flags: '--from <id>', describe: 'option.inspect.from', kind: 'integer' },
    { flags: '--to <id>', describe: 'option.inspect.to', kind: 'integer' },
    { flags: '--limit <n>', describe: 'option.inspect.limit', kind: 'integer', default: 50 },
  ],
  async run(context, _args, options) {
    const { globals, print, t } = context;
    const subject = {
      name: basename(options.tokenizer as string),
      tokenizer: openTokenizer(context, options).tokenizer,
    };
    const limit = options.limit as number;
    const filter = filterOf(options);
    if (filter) {
      const tokens = filterTokens(listTokens(subject.tokenizer), filter);
      for (const line of tokenLines(tokens, limit, t)) print(line);
      return { name: subject.name, count: tokens.length, tokens: tokens.slice(0, limit) };
    }
    const others = ((options.against as string[] | undefined) ?? []).map((value) => ({
      name: basename(value),
      tokenizer: loadTokenizer(tokenizerDirectory(value, globals.workspace)).tokenizer,
    }));
    const texts = textsOf(options.input as string[] | undefined);
    const inspection = inspectTokenizer({ subject, others, texts, longest: Math.min(limit, 20) });
    const names = [subject, ...others].map(({ name }) => name);
    for (const line of reportLines(inspection, names, t)) print(line);
    return reportJson(inspection, names, limit);
  },
});

/** The vocabulary browser's filter; undefined where no flag asks for it. */
function filterOf(options: OptionValues): TokenFilter | undefined {
  const kinds = options.kind as string[] | undefined;
  for (const kind of kinds ?? [])
    if (!(tokenKinds as readonly string[]).includes(kind))
      throw unknownName('kind of token', kind, tokenKinds, { place: '--kind' });
  const filter: TokenFilter = {
    ...(options.find === undefined ? {} : { pattern: expression(options.find as string) }),
    ...(kinds === undefined ? {} : { kinds: kinds as TokenKind[] }),
    ...(options.script === undefined ? {} : { script: options.script as string }),
    ...(options.from === undefined ? {} : { from: options.from as number }),
    ...(options.to === undefined ? {} : { to: options.to as number }),
  };
  return Object.keys(filter).length === 0 ? undefined : filter;
}

function expression(source: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    throw new AthanorError('bad-input', `not a regular expression: ${source}`, { place: '--find', cause: error });
  }
}

/** Files, each on its own; else the samples. */
function textsOf(inputs: readonly string[] | undefined): NamedTexts[] {
  if (!inputs) return sampleTexts.map(({ name, text }) => ({ name, texts: [text] }));
  return inputs.map((path) => ({
    name: basename(path),
    texts: readItems(path).flatMap(({ text }) => (text === undefined ? [] : [text])),
  }));
}
