/**
 * CoNLL files: one token a line with its BIO tag, sentences parted by empty lines, documents by `-DOCSTART-`.
 * - `conll-2`: token, tag.
 * - `conll-4`: token, part of speech, chunk, tag, as in CoNLL-2003 (Tjong Kim Sang & De Meulder 2003).
 * - `multihead`: number, token, tag, relation names, head numbers, as in the multi-head format of Bekoulis et al. (2018):
 *   entities and relations in BIO; a relation stands at the last token of the entity that it starts at.
 * Reading takes any of them; given the text, tokens get their places in it back.
 */
import { AthanorError } from '../../core/index.ts';
import { cutAtSpans, rangesOf, type Token, tagsOf, tokenize, withoutOverlaps } from './bio.ts';
import { type AnnotatedDocument, type Entity, emptyAnnotation, type Relation } from './schema.ts';

export type ConllLayout = 'conll-2' | 'conll-4' | 'multihead';

/** What the format could not hold. */
export interface ConllLoss {
  readonly document: string;
  readonly entities: readonly Entity[];
}

/** Documents as one CoNLL file. Entities that overlap a longer one, and relations of those, are lost and reported. */
export function toConll(
  documents: Iterable<AnnotatedDocument>,
  layout: ConllLayout,
): { text: string; losses: ConllLoss[] } {
  const blocks: string[] = [];
  const losses: ConllLoss[] = [];
  for (const document of documents) {
    const { kept, lost } = withoutOverlaps(document.entities);
    if (lost.length > 0) losses.push({ document: document.id, entities: lost });
    const tokens = cutAtSpans(tokenize(document.text), kept);
    const tags = tagsOf(tokens, kept);
    const relations = layout === 'multihead' ? relationsByToken(document, kept, tokens) : undefined;
    const lines = [layout === 'conll-4' ? '-DOCSTART- -X- -X- O' : `#doc ${document.id.replace(/\s/g, '_')}`];
    if (layout === 'conll-4') lines.push('');
    for (const [i, token] of tokens.entries()) {
      if (layout !== 'multihead' && i > 0 && startsSentence(document.text, tokens[i - 1]!, token, tags[i]!))
        lines.push('');
      lines.push(lineOf(layout, i, token, tags[i]!, relations?.get(i)));
    }
    blocks.push(`${lines.join('\n')}\n`);
  }
  return { text: blocks.join('\n'), losses };
}

/** A new line in the text, or the end of a sentence; never inside an entity. */
function startsSentence(text: string, before: Token, token: Token, tag: string): boolean {
  if (tag.startsWith('I-')) return false;
  return /^[。！？]$/.test(before.text) || text.slice(before.end, token.start).includes('\n');
}

interface Heads {
  readonly names: string[];
  readonly heads: number[];
}

function lineOf(layout: ConllLayout, i: number, { text }: Token, tag: string, relations: Heads | undefined): string {
  if (layout === 'conll-2') return `${text}\t${tag}`;
  if (layout === 'conll-4') return `${text} -X- _ ${tag}`;
  const { names, heads } = relations ?? { names: ['N'], heads: [i] };
  return [i, text, tag, JSON.stringify(names), JSON.stringify(heads)].join('\t');
}

function relationsByToken(
  document: AnnotatedDocument,
  kept: readonly Entity[],
  tokens: readonly Token[],
): Map<number, Heads> {
  const lastToken = new Map<string, number>();
  const byEnd = new Map(tokens.map(({ end }, i) => [end, i]));
  for (const { id, end } of kept) {
    // Where an entity ends in white space its last token ends before it.
    const trimmed = document.text.slice(0, end).trimEnd().length;
    const at = byEnd.get(end) ?? byEnd.get(trimmed);
    if (at !== undefined) lastToken.set(id, at);
  }
  const result = new Map<number, Heads>();
  for (const { type, from, to } of document.relations) {
    const at = lastToken.get(from);
    const head = lastToken.get(to);
    if (at === undefined || head === undefined) continue;
    const heads = result.get(at) ?? { names: [], heads: [] };
    heads.names.push(type);
    heads.heads.push(head);
    result.set(at, heads);
  }
  return result;
}

interface Row {
  readonly line: number;
  readonly token: string;
  readonly tag: string;
  readonly relations: readonly { readonly type: string; readonly head: number }[];
}

interface RawDocument {
  readonly id: string | undefined;
  /** Rows, with `undefined` between sentences. */
  readonly rows: (Row | undefined)[];
}

/**
 * Reads a CoNLL file of any of the layouts (tabs or spaces between columns; the tag is the last column, but for
 * `multihead`).
 * @param texts the documents' texts in order, to put tokens back onto; without them text is made of the tokens
 * @throws AthanorError('bad-file') naming the line
 */
export function fromConll(content: string, place: string, texts?: readonly string[]): AnnotatedDocument[] {
  const documents = split(content, place);
  if (texts !== undefined && texts.length !== documents.length) {
    throw new AthanorError('bad-file', `${place} has ${documents.length} documents, ${texts.length} texts were given`, {
      place,
      hint: 'Documents begin with `-DOCSTART-` or `#doc <id>`; without either the file is one document.',
    });
  }
  return documents.map(({ id, rows }, n) => {
    const { text, tokens } = texts === undefined ? joinTokens(rows) : alignTokens(rows, texts[n]!, place);
    return build(
      id ?? `${n + 1}`,
      text,
      tokens,
      rows.filter((row) => row !== undefined),
      place,
    );
  });
}

function split(content: string, place: string): RawDocument[] {
  const documents: RawDocument[] = [];
  let current: RawDocument | undefined;
  for (const [i, raw] of content
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim();
    const start = /^(?:-DOCSTART-|#doc\b)\s*(.*)$/.exec(line);
    if (start) {
      const id = line.startsWith('#doc') && start[1] !== '' ? start[1] : undefined;
      current = { id, rows: [] };
      documents.push(current);
    } else if (line === '') {
      if (current && current.rows.length > 0 && current.rows.at(-1) !== undefined) current.rows.push(undefined);
    } else if (!isComment(line)) {
      if (current === undefined) {
        current = { id: undefined, rows: [] };
        documents.push(current);
      }
      current.rows.push(parseRow(raw, `${place}:${i + 1}`, i + 1));
    }
  }
  for (const { rows } of documents) while (rows.length > 0 && rows.at(-1) === undefined) rows.pop();
  return documents;
}

/** `# …`, but not the token `#` with its tag: of two columns, or of four with spaces between. */
function isComment(line: string): boolean {
  if (!/^#\s/.test(line)) return false;
  const columns = line.split(/[\t ]+/);
  return !((columns.length === 2 || columns.length === 4) && TAG.test(columns.at(-1)!));
}

const TAG = /^(?:O|[BIESMLUW]-.+)$/u;

function parseRow(raw: string, place: string, line: number): Row {
  const columns = raw.includes('\t')
    ? raw
        .trim()
        .split('\t')
        .map((column) => column.trim())
    : raw.trim().split(/ +/);
  const multihead = columns.length === 5 && /^\d+$/.test(columns[0]!) && columns[3]!.startsWith('[');
  const token = columns[multihead ? 1 : 0];
  const tag = columns[multihead ? 2 : columns.length - 1];
  if (columns.length < 2 || !token || !tag || !TAG.test(tag)) {
    throw new AthanorError('bad-file', `${place}: '${raw}' is no line of a CoNLL file: expected a token and its tag`, {
      place,
      hint: 'The tag is the last column and reads `O`, `B-<label>` or `I-<label>` (BIOES and BMES are read too).',
    });
  }
  return { line, token, tag, relations: multihead ? parseHeads(columns[3]!, columns[4]!, place) : [] };
}

function parseHeads(names: string, heads: string, place: string): Row['relations'] {
  // Files of Bekoulis et al. are written by Python: ['Work_For'].
  const list = [...names.matchAll(/'([^']*)'|"([^"]*)"/g)].map((match) => match[1] ?? match[2]!);
  const numbers = [...heads.matchAll(/\d+/g)].map((match) => Number(match[0]));
  if (list.length !== numbers.length)
    throw new AthanorError('bad-file', `${place}: ${list.length} relations and ${numbers.length} heads`, { place });
  return list.map((type, i) => ({ type, head: numbers[i]! })).filter(({ type }) => type !== 'N');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '-LRB-': '(',
  '-RRB-': ')',
  '-LSB-': '[',
  '-RSB-': ']',
  '-LCB-': '{',
  '-RCB-': '}',
  '``': '"',
  "''": '"',
};

/** Finds each token in the text, in order; only white space may lie between. */
function alignTokens(rows: RawDocument['rows'], text: string, place: string): { text: string; tokens: Token[] } {
  const tokens: Token[] = [];
  let at = 0;
  for (const row of rows) {
    if (row === undefined) continue;
    while (at < text.length && /\s/.test(text[at]!)) at++;
    const found = [row.token, ESCAPES[row.token]].find((form) => form !== undefined && text.startsWith(form, at));
    if (found === undefined) {
      throw new AthanorError(
        'bad-file',
        `${place}:${row.line}: the token '${row.token}' is not what the text has at ${at}: '${text.slice(at, at + 20)}'`,
        { place: `${place}:${row.line}`, hint: 'Give the text that the tokens were made of.' },
      );
    }
    tokens.push({ start: at, end: at + found.length, text: found });
    at += found.length;
  }
  return { text, tokens };
}

const TIGHT = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]/u;

/** A text from tokens: spaces between them, none beside Han, kana and full-width signs, a line end between sentences. */
function joinTokens(rows: RawDocument['rows']): { text: string; tokens: Token[] } {
  const tokens: Token[] = [];
  const parts: string[] = [];
  let at = 0;
  let before: string | undefined;
  for (const row of rows) {
    const gap =
      row === undefined ? '\n' : before === undefined || (TIGHT.test(before) && TIGHT.test(row.token)) ? '' : ' ';
    parts.push(gap);
    at += gap.length;
    before = row?.token;
    if (row === undefined) continue;
    parts.push(row.token);
    tokens.push({ start: at, end: at + row.token.length, text: row.token });
    at += row.token.length;
  }
  return { text: parts.join(''), tokens };
}

function build(
  id: string,
  text: string,
  tokens: readonly Token[],
  rows: readonly Row[],
  place: string,
): AnnotatedDocument {
  const ranges = rangesOf(rows.map(({ tag }) => tag));
  const entities = ranges.map(({ label, first, last }, i): Entity => {
    const [start, end] = [tokens[first]!.start, tokens[last]!.end];
    return { id: `e${i + 1}`, label, start, end, text: text.slice(start, end) };
  });
  const byLast = new Map(ranges.map(({ last }, i) => [last, entities[i]!.id]));
  const relations: Relation[] = [];
  for (const [i, row] of rows.entries())
    for (const { type, head } of row.relations) {
      const [from, to] = [byLast.get(i), byLast.get(head)];
      if (from === undefined || to === undefined)
        throw new AthanorError(
          'bad-file',
          `${place}:${row.line}: the relation '${type}' to token ${head} joins no two entities`,
          {
            place: `${place}:${row.line}`,
          },
        );
      relations.push({ id: `r${relations.length + 1}`, type, from, to });
    }
  return { ...emptyAnnotation, id, text, meta: {}, entities, relations };
}
