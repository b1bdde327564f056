/** Builds a decoder from its JSON. One row per supported type. */
import { buildComponent, type ComponentTable } from '../hf/component.ts';
import type { Decoder, Json } from '../types.ts';
import { readByteLevelDecoder } from './byte-level.ts';
import { noDecoder, readFuse } from './fuse.ts';

const table: ComponentTable<Decoder> = { ByteLevel: readByteLevelDecoder, Fuse: readFuse };

export function readDecoder(json: Json, place = 'decoder'): Decoder {
  return json === null ? noDecoder : buildComponent('decoder', table, json, place);
}
