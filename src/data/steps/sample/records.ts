/** The records of a survey as keys to select by. */
import type { DecideContext } from '../../step.ts';
import type { KeyPass } from './select.ts';

export interface Keyed {
  readonly group: number;
  readonly key: number;
  readonly weight: number;
}

/** @param read takes a record apart; documents without a record are passed over */
export function recordPass(context: DecideContext, read: (view: DataView, bytes: Uint8Array) => Keyed): KeyPass {
  return async (each) => {
    for await (const batch of context.records()) {
      context.signal?.throwIfAborted();
      for (const { number, bytes } of batch) {
        if (bytes.length === 0) continue;
        const { group, key, weight } = read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes);
        each(number, group, key, weight);
      }
    }
  };
}
