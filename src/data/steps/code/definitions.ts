/** Finds functions, methods and classes with their documentation in a syntax tree: one walk, linear in the tree. */
import type { Node, Tree } from '@vscode/tree-sitter-wasm';
import { cleanComment, cleanPythonString } from './doc-comments.ts';
import type { CodeLanguage, Grammar } from './grammar.ts';

export type DefinitionKind = 'function' | 'method' | 'class';

export interface Definition {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** What encloses it, outermost first: classes, namespaces, `impl` types. */
  readonly parents: readonly string[];
  /** Where it begins, documentation, decorators and `export` included, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
  /** Lines, from 1. */
  readonly startLine: number;
  readonly endLine: number;
  readonly docstring: string | undefined;
  /** Where the documentation stands, with its marks. */
  readonly docSpan: readonly [number, number] | undefined;
  /** Whether the parser understood all of it. */
  readonly broken: boolean;
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly row: number;
  readonly isComment: boolean;
}

/** One level of the walk. */
interface Frame {
  /** Comments and attributes since the last other node. */
  lead: Piece[];
  /** Names of the scopes that this level stands in. */
  readonly parents: readonly string[];
  /** Inside a class-like, where functions are methods. */
  readonly inClass: boolean;
  /** Inside a wrapper: where it begins and ends, and what stood before it. Taken by the first definition. */
  outer:
    | {
        readonly start: number;
        readonly end: number;
        readonly row: number;
        readonly endRow: number;
        readonly lead: Piece[];
      }
    | undefined;
}

export function definitionsOf(tree: Tree, text: string, language: CodeLanguage, grammar: Grammar): Definition[] {
  const found: Definition[] = [];
  const cursor = tree.walk();
  const frames: Frame[] = [{ lead: [], parents: [], inClass: false, outer: undefined }];
  try {
    for (let going = true; going; ) {
      const frame = frames.at(-1)!;
      const type = cursor.nodeType;
      let child: Frame | undefined;
      if (cursor.nodeIsNamed) {
        const isComment = grammar.comments.has(type);
        if (isComment || grammar.attributes.has(type)) {
          frame.lead.push({ start: cursor.startIndex, end: cursor.endIndex, row: cursor.startPosition.row, isComment });
        } else {
          child = visit(cursor.currentNode, type, frame);
          frame.lead = [];
        }
      }
      if (child !== undefined && cursor.gotoFirstChild()) {
        frames.push(child);
        continue;
      }
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) {
          going = false;
          break;
        }
        frames.pop();
      }
    }
  } finally {
    cursor.delete();
  }
  return found.sort((a, b) => a.start - b.start || b.end - a.end);

  /** Notes a definition; returns the level of its children, or undefined where nothing inside is wanted. */
  function visit(node: Node, type: string, frame: Frame): Frame | undefined {
    const isValue = grammar.values.has(type);
    const isClass = grammar.classes.has(type);
    // A struct or class that is only named (`struct a *p`) defines nothing.
    const hasBody = !isClass || language === 'go' || node.childForFieldName('body') !== null;
    if ((grammar.functions.has(type) || isValue || isClass) && hasBody) {
      const name = nameOf(node, type);
      if (name !== undefined) {
        const receiver = language === 'go' && type === 'method_declaration' ? receiverOf(node) : undefined;
        const parents = receiver === undefined ? frame.parents : [...frame.parents, receiver];
        const isMethod = frame.inClass || receiver !== undefined;
        const kind: DefinitionKind = isClass ? 'class' : isMethod ? 'method' : 'function';
        found.push(definitionOf(node, kind, name, parents, frame));
        if (!isClass) return undefined;
        return { lead: [], parents: [...parents, name], inClass: true, outer: undefined };
      }
    }
    if (grammar.scopes.has(type)) {
      const name = (node.childForFieldName('name') ?? node.childForFieldName('type'))?.text;
      const parents = name === undefined ? frame.parents : [...frame.parents, name];
      return { lead: [], parents, inClass: type === 'impl_item', outer: undefined };
    }
    const passesOn = grammar.wrappers.has(type);
    const outer = passesOn
      ? (frame.outer ?? {
          start: node.startIndex,
          end: node.endIndex,
          row: node.startPosition.row,
          endRow: node.endPosition.row,
          lead: frame.lead,
        })
      : undefined;
    return { lead: [], parents: frame.parents, inClass: frame.inClass, outer };
  }

  function definitionOf(
    node: Node,
    kind: DefinitionKind,
    name: string,
    parents: readonly string[],
    frame: Frame,
  ): Definition {
    const { outer } = frame;
    frame.outer = undefined;
    const start = outer?.start ?? node.startIndex;
    const row = outer?.row ?? node.startPosition.row;
    const before = leadOf([...(outer?.lead ?? []), ...frame.lead], start, text, grammar.isDoc);
    const docs = before.filter(({ isComment }) => isComment);
    let docstring: string | undefined;
    let docSpan: readonly [number, number] | undefined;
    if (docs.length > 0) {
      docSpan = [docs[0]!.start, docs.at(-1)!.end];
      docstring = cleanComment(docs.map((piece) => text.slice(piece.start, piece.end)).join('\n'));
    } else if (language === 'python') {
      const statement = node.childForFieldName('body')?.namedChild(0);
      const string = statement?.type === 'expression_statement' ? statement.namedChild(0) : undefined;
      if (statement && string?.type === 'string') {
        docSpan = [statement.startIndex, statement.endIndex];
        docstring = cleanPythonString(string.text);
      }
    }
    return {
      kind,
      name,
      parents,
      start: Math.min(start, before[0]?.start ?? start),
      end: outer?.end ?? node.endIndex,
      startLine: Math.min(row, before[0]?.row ?? row) + 1,
      endLine: (outer?.endRow ?? node.endPosition.row) + 1,
      docstring: docstring === '' ? undefined : docstring,
      docSpan,
      broken: node.hasError,
    };
  }
}

/** What belongs to a definition that begins at `start`: attributes and documentation, no blank line between. */
function leadOf(pieces: readonly Piece[], start: number, text: string, isDoc: RegExp): Piece[] {
  const lead: Piece[] = [];
  let at = start;
  for (const piece of pieces.toReversed()) {
    if (piece.start >= start) continue;
    const gap = text.slice(Math.min(piece.end, at), at);
    // A line comment's node may end with its line end.
    const lines = gap.split('\n').length - 1 + (text[piece.end - 1] === '\n' ? 1 : 0);
    if (gap.trim() !== '' || lines > 1) break;
    if (piece.isComment && !isDoc.test(text.slice(piece.start, piece.start + 4))) break;
    lead.push(piece);
    at = piece.start;
    // One block is the whole documentation; lines may be many.
    if (piece.isComment && text.startsWith('/*', piece.start)) break;
  }
  return lead.reverse();
}

function nameOf(node: Node, type: string): string | undefined {
  const own = node.childForFieldName('name')?.text;
  if (own !== undefined) return own;
  const { parent } = node;
  if (type === 'function_definition') return declaratorName(node);
  switch (parent?.type) {
    case 'variable_declarator':
    case 'public_field_definition':
      return parent.childForFieldName('name')?.text;
    case 'field_definition':
      return parent.childForFieldName('property')?.text;
    case 'pair':
      return parent.childForFieldName('key')?.text;
    case 'assignment_expression':
      return parent.childForFieldName('left')?.text;
    case 'export_statement':
      return 'default';
    default:
      return undefined;
  }
}

/** C and C++: `int *(f)(int)`, `T n::K::operator()(int)`: down the declarators to the name. */
function declaratorName(node: Node): string | undefined {
  let at = node.childForFieldName('declarator');
  for (let depth = 0; at !== null && depth < 50; depth++) {
    const inner: Node | null =
      at.childForFieldName('declarator') ?? (/_declarator$/.test(at.type) ? at.namedChild(0) : null);
    if (inner === null || at.type === 'qualified_identifier' || at.type === 'operator_cast') break;
    at = inner;
  }
  return at === null ? undefined : at.text.replace(/\s+/g, ' ').slice(0, 200);
}

function receiverOf(node: Node): string | undefined {
  return /([\p{L}_][\p{L}\p{N}_]*)\s*(?:\[[^\]]*\])?\s*\)$/u.exec(node.childForFieldName('receiver')?.text ?? '')?.[1];
}
