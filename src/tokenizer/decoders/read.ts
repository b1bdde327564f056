/** Builds the decoder of tokenizer.json. Knows no component. */
import { componentBuilder } from '../hf/component.ts';
import type { Decoder, Json } from '../types.ts';
import { decoders } from './registry.gen.ts';
import { mapStep } from './steps.ts';

const build = componentBuilder<Decoder>('decoder', decoders);

/** null: a space between tokens. */
export function readDecoder(json: Json, place = 'decoder'): Decoder {
  return json === null ? noDecoder : build(json, place);
}

/** What Hugging Face does without a decoder. */
const noDecoder: Decoder = {
  steps: [mapStep((token, first) => (first ? token : ` ${token}`))],
  toJSON: () => null,
};
