/** The bytes of all tokens in one array: two hundred thousand small arrays would cost seconds and memory. */
import { byteOf, writeUtf8 } from '../byte-level.ts';

export class TokenBytes {
  readonly bytes: Uint8Array;
  /** Token id is bytes[starts[id], starts[id + 1]); ids without bytes are empty. */
  readonly starts: Int32Array;

  private constructor(bytes: Uint8Array, starts: Int32Array) {
    this.bytes = bytes;
    this.starts = starts;
  }

  get count(): number {
    return this.starts.length - 1;
  }

  length(id: number): number {
    return this.starts[id + 1]! - this.starts[id]!;
  }

  /** UTF-8 of the tokens' text. */
  static utf8(tokens: readonly (string | undefined)[]): TokenBytes {
    return TokenBytes.#fill(tokens, 3, writeUtf8);
  }

  /** What the tokens stand for in GPT-2's byte alphabet; a token with other characters has no bytes. */
  static byteLevel(tokens: readonly (string | undefined)[]): TokenBytes {
    return TokenBytes.#fill(tokens, 1, (token, target) => {
      for (let i = 0; i < token.length; i++) {
        const byte = byteOf(token.charCodeAt(i));
        if (byte < 0) return 0;
        target[i] = byte;
      }
      return token.length;
    });
  }

  /** @param width most bytes a code unit */
  static #fill(
    tokens: readonly (string | undefined)[],
    width: number,
    write: (token: string, target: Uint8Array) => number,
  ): TokenBytes {
    let room = 0;
    for (const token of tokens) room += token?.length ?? 0;
    const bytes = new Uint8Array(room * width);
    const starts = new Int32Array(tokens.length + 1);
    let at = 0;
    let buffer = new Uint8Array(256);
    for (let id = 0; id < tokens.length; id++) {
      const token = tokens[id];
      if (token) {
        if (buffer.length < token.length * width) buffer = new Uint8Array(token.length * width * 2);
        const length = write(token, buffer);
        for (let i = 0; i < length; i++) bytes[at++] = buffer[i]!;
      }
      starts[id + 1] = at;
    }
    return new TokenBytes(bytes.slice(0, at), starts);
  }
}
