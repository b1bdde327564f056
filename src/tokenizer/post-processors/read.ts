/** Builds the post-processor of tokenizer.json, and what a tokenizer does with it. Knows no component. */
import { emptyDraft, mergeDrafts, setSequenceId, setTypeIds, specialDraft } from '../encoding.ts';
import { componentBuilder } from '../hf/component.ts';
import type { EncodingDraft, Json, PostProcessor } from '../types.ts';
import { postProcessors } from './registry.gen.ts';

const build = componentBuilder<PostProcessor>('post-processor', postProcessors);

/** null: nothing is added. */
export function readPostProcessor(json: Json, place = 'post_processor'): PostProcessor | undefined {
  return json === null ? undefined : build(json, place);
}

/** Hugging Face's `PostProcessor::process`: one encoding of one text or a pair. */
export function postProcess(
  processor: PostProcessor | undefined,
  drafts: EncodingDraft[],
  addSpecialTokens: boolean,
): EncodingDraft {
  if (!processor) {
    if (drafts.length === 1) return drafts[0]!;
    for (const [i, draft] of drafts.entries()) setSequenceId(draft, i);
    return mergeDrafts(drafts);
  }
  for (const [i, draft] of drafts.entries()) {
    setSequenceId(draft, i);
    for (const part of draft.overflowing) setSequenceId(part, i);
    setTypeIds(draft, i);
  }
  return mergeDrafts(processor.process(drafts, addSpecialTokens));
}

/**
 * The ids that come before, between and after copies of the text: what the processor does to ids alone, found out once
 * with a text of one token. Usually two lists: the text stands once.
 */
export function idsAround(processor: PostProcessor, addSpecialTokens: boolean): number[][] {
  const text = -1;
  const draft = { ...emptyDraft(), ...specialDraft([text], [''], 0) };
  const around: number[][] = [[]];
  for (const id of postProcess(processor, [draft], addSpecialTokens).ids) {
    if (id === text) around.push([]);
    else around.at(-1)!.push(id);
  }
  return around;
}
