/** Sequence: several post-processors, one after the other. */
import { AthanorError } from '../../core/index.ts';
import { emptyDraft } from '../encoding.ts';
import { componentList, definePostProcessor } from '../hf/component.ts';
import type { PostProcessor } from '../types.ts';

export const sequence = definePostProcessor({
  name: 'sequence',
  type: 'Sequence',
  read(json, place, build) {
    const parts = componentList(json, 'processors', place).map((item, i) => build(item, `${place}.processors[${i}]`));
    const processor: PostProcessor = {
      addedTokens: (isPair) => parts.reduce((sum, part) => sum + part.addedTokens(isPair), 0),
      process: (drafts, addSpecialTokens) =>
        parts.reduce((current, part) => part.process(current, addSpecialTokens), drafts),
      toJSON: () => ({ type: 'Sequence', processors: parts.map((part) => part.toJSON()) }),
    };
    checkOrder(processor, place);
    return processor;
  },
});

/** A template splits what it gets, and another one cannot take the parts: found here, not when a text comes. */
function checkOrder(processor: PostProcessor, place: string): void {
  try {
    for (const addSpecialTokens of [true, false]) {
      processor.process([emptyDraft()], addSpecialTokens);
      processor.process([emptyDraft(), emptyDraft()], addSpecialTokens);
    }
  } catch (cause) {
    throw new AthanorError('unsupported', `tokenizer.json: ${place}.processors: a template after a template`, {
      place: `${place}.processors`,
      hint: 'Write one TemplateProcessing with all special tokens.',
      cause,
    });
  }
}
