/** Builds a pre-tokenizer from its JSON. */
import { componentBuilder } from '../hf/component.ts';
import type { Json, PreTokenizer } from '../types.ts';
import { preTokenizers } from './registry.gen.ts';

const build = componentBuilder('pre-tokenizer', preTokenizers);

/** null: no steps, the whole text is one piece. */
export function readPreTokenizer(json: Json, place = 'pre_tokenizer'): PreTokenizer {
  return json === null ? { steps: [], toJSON: () => null } : build(json, place);
}
