/**
 * tree-sitter's parser: prebuilt WebAssembly of npm @vscode/tree-sitter-wasm (MIT; so are the grammars). C is read with the
 * grammar of C++, of which it is nearly a part. On hostile text mending errors can take any amount of memory; the parser
 * has a limit, and dies of it.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Language, Parser } from '@vscode/tree-sitter-wasm';
import { AthanorError } from '../../../core/index.ts';
import type { CodeLanguage } from './grammar.ts';

/** In pages of 64 KiB. Files of 500,000 characters take 32 MiB, which the parser has from the start. */
const memory = { initial: 512, maximum: 2048 } as const;

type GrammarName = CodeLanguage | 'tsx';

/** A parser's memory, with the grammars that were loaded into it. */
interface Engine {
  parser(grammar: GrammarName): Promise<Parser>;
  /** It has worked on a text. */
  used: boolean;
}

/** One a thread. */
let engine: Promise<Engine> | undefined;

/**
 * Looks at a text with the parser of a language and, for TypeScript, of the file's own dialect.
 * @returns undefined where the parser dies of it though it has seen no other text: what came before changes no result
 */
export async function withParser<T>(
  language: CodeLanguage,
  path: string,
  look: (parser: Parser) => T,
): Promise<T | undefined> {
  const grammar = language === 'c' ? 'cpp' : language === 'typescript' && path.endsWith('.tsx') ? 'tsx' : language;
  for (;;) {
    engine ??= loadEngine();
    const mine = engine;
    const [current, parser] = await loaded(mine, grammar);
    const first = !current.used;
    current.used = true;
    try {
      return look(parser);
    } catch {
      if (engine === mine) engine = undefined;
      if (first) return undefined;
    }
  }
}

async function loaded(engine: Promise<Engine>, grammar: GrammarName): Promise<[Engine, Parser]> {
  try {
    return [await engine, await (await engine).parser(grammar)];
  } catch (cause) {
    throw new AthanorError('engine', `the parser of ${grammar} does not load: ${String(cause)}`, {
      hint: 'Install the packages again: npm ci',
      cause,
    });
  }
}

async function loadEngine(): Promise<Engine> {
  const require = createRequire(import.meta.url);
  const path = require.resolve('@vscode/tree-sitter-wasm');
  // The package keeps its memory in the module: a second one needs the module a second time.
  delete require.cache[path];
  const treeSitter = require(path) as { Parser: typeof Parser; Language: typeof Language };
  // Emscripten's options; the package's types do not know them. Its last words are said by `unparsable`.
  const options = { wasmMemory: new WebAssembly.Memory(memory), printErr: () => {} };
  await treeSitter.Parser.init(options as unknown as Parameters<typeof Parser.init>[0]);
  const load = async (grammar: GrammarName) => {
    const parser = new treeSitter.Parser();
    parser.setLanguage(await treeSitter.Language.load(join(dirname(path), `tree-sitter-${grammar}.wasm`)));
    return parser;
  };
  const parsers = new Map<GrammarName, Promise<Parser>>();
  return {
    used: false,
    parser(grammar) {
      const parser = parsers.get(grammar) ?? load(grammar);
      parsers.set(grammar, parser);
      return parser;
    },
  };
}
