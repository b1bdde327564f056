/** TemplateProcessing: a list of texts and special tokens for one text, and another for a pair. */
import { invariant } from '../../core/index.ts';
import { copyDraft, setSequenceId, setTypeIds, specialDraft } from '../encoding.ts';
import { asObject, badFile, componentList, countAt, definePostProcessor, stringAt } from '../hf/component.ts';
import type { EncodingDraft } from '../types.ts';

interface SpecialToken {
  readonly id: string;
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
}

type Piece =
  | { readonly sequence: 0 | 1; readonly typeId: number }
  | { readonly special: SpecialToken; readonly typeId: number };

/** Of a file that says nothing of pairs: `$A:0 $B:1`, as Hugging Face's builder has it. */
const plainPair: readonly Piece[] = [
  { sequence: 0, typeId: 0 },
  { sequence: 1, typeId: 1 },
];

export const templateProcessing = definePostProcessor({
  name: 'template-processing',
  type: 'TemplateProcessing',
  read(json, place) {
    const special = readSpecialTokens(json.special_tokens ?? {}, `${place}.special_tokens`);
    const single = readTemplate(json, 'single', place, special);
    const pair = json.pair === undefined ? plainPair : readTemplate(json, 'pair', place, special);
    const alone = single.findIndex((piece) => 'sequence' in piece && piece.sequence === 1);
    if (alone >= 0) throw badFile(`${place}.single[${alone}]`, 'expected sequence A, as there is one text only', 'B');
    const [addedSingle, addedPair] = [countSpecial(single), countSpecial(pair)];
    return {
      addedTokens: (isPair) => (isPair ? addedPair : addedSingle),
      process(drafts, addSpecialTokens) {
        invariant(drafts.length === 1 || drafts.length === 2, 'a template takes one or two texts');
        return apply(drafts.length === 2 ? pair : single, drafts, addSpecialTokens);
      },
      toJSON: () => ({
        type: 'TemplateProcessing',
        single: single.map(pieceJson),
        pair: pair.map(pieceJson),
        special_tokens: Object.fromEntries(special),
      }),
    };
  },
});

function apply(template: readonly Piece[], drafts: EncodingDraft[], addSpecialTokens: boolean): EncodingDraft[] {
  const out: EncodingDraft[] = [];
  for (const piece of template) {
    if ('sequence' in piece) {
      const draft = drafts[piece.sequence]!;
      setTypeIds(draft, piece.typeId);
      setSequenceId(draft, piece.sequence);
      out.push(copyDraft(draft));
    } else if (addSpecialTokens) {
      out.push(specialDraft(piece.special.ids, piece.special.tokens, piece.typeId));
    }
  }
  return out;
}

function countSpecial(template: readonly Piece[]): number {
  return template.reduce((sum, piece) => sum + ('special' in piece ? piece.special.ids.length : 0), 0);
}

/** `{"[CLS]": {"id": "[CLS]", "ids": [101], "tokens": ["[CLS]"]}}` */
function readSpecialTokens(json: unknown, place: string): Map<string, SpecialToken> {
  const table = new Map<string, SpecialToken>();
  for (const [name, value] of Object.entries(asObject(json, place))) {
    const at = `${place}[${JSON.stringify(name)}]`;
    const { id, ids, tokens } = asObject(value, at);
    if (!Array.isArray(ids) || !ids.every((item) => Number.isSafeInteger(item) && (item as number) >= 0))
      throw badFile(`${at}.ids`, 'expected a list of ids', ids);
    if (!Array.isArray(tokens) || !tokens.every((item) => typeof item === 'string'))
      throw badFile(`${at}.tokens`, 'expected a list of strings', tokens);
    if (ids.length !== tokens.length) throw badFile(`${at}.tokens`, `expected ${ids.length} tokens, one an id`, tokens);
    table.set(name, { id: typeof id === 'string' ? id : name, ids: ids as number[], tokens: tokens as string[] });
  }
  return table;
}

/** `[{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]` */
function readTemplate(
  json: Readonly<Record<string, unknown>>,
  key: 'single' | 'pair',
  place: string,
  special: ReadonlyMap<string, SpecialToken>,
): Piece[] {
  return componentList(json, key, place).map((item, i): Piece => {
    const at = `${place}.${key}[${i}]`;
    const kind = ['Sequence', 'SpecialToken'].find((name) => item && Object.hasOwn(item, name));
    if (!kind) throw badFile(at, 'expected {"Sequence": …} or {"SpecialToken": …}', item);
    const inner = `${at}.${kind}`;
    const value = asObject(item?.[kind], inner);
    const id = stringAt(value, 'id', inner);
    const typeId = countAt(value, 'type_id', inner, 0);
    if (kind === 'Sequence') {
      if (id !== 'A' && id !== 'B') throw badFile(`${inner}.id`, 'expected "A" or "B"', id);
      return { sequence: id === 'A' ? 0 : 1, typeId };
    }
    const token = special.get(id);
    if (!token) throw badFile(`${inner}.id`, 'expected a name in special_tokens', id);
    return { special: token, typeId };
  });
}

function pieceJson(piece: Piece): object {
  return 'sequence' in piece
    ? { Sequence: { id: piece.sequence === 0 ? 'A' : 'B', type_id: piece.typeId } }
    : { SpecialToken: { id: piece.special.id, type_id: piece.typeId } };
}
