/** Runs a post-processor of tokenizer.json on encodings of single letters. */
import { emptyDraft, finishDraft } from '../../src/tokenizer/encoding.ts';
import { idsAround, postProcess, readPostProcessor } from '../../src/tokenizer/post-processors/read.ts';
import type { Encoding, EncodingDraft, Json } from '../../src/tokenizer/types.ts';

/** Every word of the text is a token, with its code point as id; Ġ before a word counts one place as a space does. */
export function draftOf(text: string, typeId = 0): EncodingDraft {
  const draft = emptyDraft(text.replaceAll('Ġ', ' '));
  for (const { 0: token, index } of text.matchAll(/Ġ*[^Ġ]+Ġ*?(?=Ġ|$)/g)) {
    draft.ids.push(token.replaceAll('Ġ', '').codePointAt(0) ?? 0);
    draft.token_type_ids.push(typeId);
    draft.tokens.push(token);
    draft.offsets.push([index, index + token.length]);
    draft.word_ids.push(draft.word_ids.length);
    draft.special_tokens_mask.push(0);
    draft.attention_mask.push(1);
  }
  return draft;
}

/** @returns the encoding, with special tokens; how many it said it adds; what it does to ids alone */
export function processed(
  json: Json,
  texts: readonly string[],
  addSpecialTokens = true,
): { readonly encoding: Encoding; readonly added: number; readonly around: number[][] } {
  const processor = readPostProcessor(json)!;
  const drafts = texts.map((text, i) => draftOf(text, i));
  const encoding = finishDraft(postProcess(processor, drafts, addSpecialTokens));
  return { encoding, added: processor.addedTokens(texts.length > 1), around: idsAround(processor, addSpecialTokens) };
}
