/** Builds a normalizer from its JSON. */
import { componentBuilder } from '../hf/component.ts';
import type { Json, Normalizer } from '../types.ts';
import { normalizers } from './registry.gen.ts';

const build = componentBuilder('normalizer', normalizers);

/** null: no normalizer. */
export function readNormalizer(json: Json, place = 'normalizer'): Normalizer | undefined {
  return json === null ? undefined : build(json, place);
}
