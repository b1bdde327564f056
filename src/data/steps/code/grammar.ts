/**
 * Programming languages: how they are told from a document, and which nodes of their tree-sitter grammars are functions,
 * methods and classes.
 */
import type { Document } from '../../document.ts';

export const codeLanguages = ['typescript', 'javascript', 'python', 'java', 'go', 'rust', 'c', 'cpp'] as const;
export type CodeLanguage = (typeof codeLanguages)[number];

const extensions: Readonly<Record<string, CodeLanguage>> = {
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'typescript',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  jsx: 'javascript',
  py: 'python',
  pyi: 'python',
  java: 'java',
  go: 'go',
  rs: 'rust',
  c: 'c',
  h: 'c',
  cc: 'cpp',
  cpp: 'cpp',
  cxx: 'cpp',
  hpp: 'cpp',
  hh: 'cpp',
  hxx: 'cpp',
};
const aliases: Readonly<Record<string, CodeLanguage>> = { ...extensions, 'c++': 'cpp', golang: 'go', rs: 'rust' };

/** Where a file of code lies: `meta.path`, else the id without what steps and sources added to it. */
export function pathOf({ id, meta }: Document): string {
  if (typeof meta.path === 'string' && meta.path !== '') return meta.path;
  return id.replace(/[#:][^/]*$/, '');
}

/** `meta.programming_language` where it is known here, else by the file's extension. */
export function codeLanguageOf(document: Document): CodeLanguage | undefined {
  const declared = document.meta.programming_language;
  if (typeof declared === 'string') {
    const name = declared.toLowerCase();
    return codeLanguages.find((one) => one === name) ?? (Object.hasOwn(aliases, name) ? aliases[name] : undefined);
  }
  const extension = /\.([A-Za-z]+)$/.exec(pathOf(document))?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(extensions, extension) ? extensions[extension] : undefined;
}

export interface Grammar {
  /** Definitions that are functions by themselves; inside a class-like they are methods. */
  readonly functions: ReadonlySet<string>;
  /** Function values: definitions where they are given a name. */
  readonly values: ReadonlySet<string>;
  readonly classes: ReadonlySet<string>;
  /** Other nodes whose name is part of what stands inside: namespaces, Rust's `impl`. */
  readonly scopes: ReadonlySet<string>;
  /** Nodes that wrap one definition: `export`, decorators, templates; a comment before them belongs to it. */
  readonly wrappers: ReadonlySet<string>;
  readonly comments: ReadonlySet<string>;
  /** Whether a comment's text is documentation when it stands right before a definition. */
  readonly isDoc: RegExp;
  /** Rust's attributes stand between comment and definition as nodes of their own. */
  readonly attributes: ReadonlySet<string>;
}

const set = (names: string): ReadonlySet<string> => new Set(names.split(' ').filter((name) => name !== ''));

const ecma: Grammar = {
  functions: set('function_declaration generator_function_declaration method_definition'),
  values: set('arrow_function function_expression generator_function'),
  classes: set('class_declaration abstract_class_declaration interface_declaration enum_declaration class'),
  scopes: set('internal_module module'),
  wrappers: set(
    'export_statement lexical_declaration variable_declaration variable_declarator expression_statement assignment_expression pair public_field_definition field_definition ambient_declaration',
  ),
  comments: set('comment'),
  isDoc: /^\/\*\*(?!\/)/,
  attributes: set('decorator'),
};
const c: Grammar = {
  functions: set('function_definition'),
  values: set(''),
  classes: set('class_specifier struct_specifier union_specifier enum_specifier'),
  scopes: set('namespace_definition'),
  wrappers: set('template_declaration'),
  comments: set('comment'),
  isDoc: /^\/[*/]/,
  attributes: set(''),
};

export const grammars: Readonly<Record<CodeLanguage, Grammar>> = {
  typescript: ecma,
  javascript: ecma,
  python: {
    functions: set('function_definition'),
    values: set(''),
    classes: set('class_definition'),
    scopes: set(''),
    wrappers: set('decorated_definition'),
    comments: set(''),
    isDoc: /(?!)/,
    attributes: set(''),
  },
  java: {
    functions: set('method_declaration constructor_declaration compact_constructor_declaration'),
    values: set(''),
    classes: set(
      'class_declaration interface_declaration enum_declaration record_declaration annotation_type_declaration',
    ),
    scopes: set(''),
    wrappers: set(''),
    comments: set('block_comment line_comment'),
    isDoc: /^\/\*\*(?!\/)/,
    attributes: set(''),
  },
  go: {
    functions: set('function_declaration method_declaration'),
    values: set(''),
    classes: set('type_spec'),
    scopes: set(''),
    wrappers: set('type_declaration'),
    comments: set('comment'),
    isDoc: /^\/[*/]/,
    attributes: set(''),
  },
  rust: {
    functions: set('function_item'),
    values: set(''),
    classes: set('struct_item enum_item trait_item union_item'),
    scopes: set('impl_item mod_item'),
    wrappers: set(''),
    comments: set('line_comment block_comment'),
    isDoc: /^\/(?:\/\/(?!\/)|\*\*(?!\/))/,
    attributes: set('attribute_item'),
  },
  c,
  cpp: c,
};
