/** Fuse decoder, and no decoder: tokens are text already. Fuse puts nothing between them; without one a space is. */
import { utf8Length } from '../byte-level.ts';
import type { Decoder, Json, TokenTable } from '../types.ts';

export const readFuse = (json: Json): Decoder => joinWith('', json);

/** What Hugging Face does for `"decoder": null`. */
export const noDecoder: Decoder = joinWith(' ', null);

function joinWith(separator: string, json: Json): Decoder {
  return {
    compile: (table: TokenTable) => ({
      byteLength: (id) => utf8Length(table.token(id)?.content ?? ''),
      decode: (ids) => ids.map((id) => table.token(id)?.content ?? '').join(separator),
      stream() {
        let first = true;
        return {
          push(id) {
            const text = table.token(id)?.content ?? '';
            const joined = first ? text : separator + text;
            first = false;
            return joined;
          },
          flush() {
            first = true;
            return '';
          },
        };
      },
    }),
    toJSON: () => json,
  };
}
