/**
 * ByteFallback: `<0x41>` is a byte. A run of them is one text where all of it is UTF-8, else U+FFFD for each byte
 * (HF decoders/byte_fallback.rs): so a run can be shown when it has ended, or as soon as it is known to be wrong.
 */
import { defineDecoder } from '../hf/component.ts';
import type { DecoderStep, TokenSink } from '../types.ts';
import { decodeUtf8 } from './utf8-stream.ts';

export const byteFallback = defineDecoder({
  name: 'byte-fallback',
  type: 'ByteFallback',
  read: () => ({ steps: [step], toJSON: () => ({ type: 'ByteFallback' }) }),
});

const step: DecoderStep = { open, inner: (token) => (byteOf(token) === undefined ? token : 1) };

/** The byte that a token is. Rust reads a sign too. */
function byteOf(token: string): number | undefined {
  if (token.length !== 6 || !token.startsWith('<0x')) return undefined;
  return /^<0x(?:[\da-f]{2}|\+[\da-f])>$/i.test(token) ? Number.parseInt(token.slice(3, 5), 16) : undefined;
}

function open(next: TokenSink): TokenSink {
  let token = '';
  let run: number[] = [];
  const check = new Utf8Check();
  const emit = (text: string) => {
    next.write(text);
    next.end();
  };
  const giveUp = () => {
    for (let i = 0; i < run.length; i++) emit('\uFFFD');
    run = [];
  };
  const endRun = () => {
    if (run.length > 0) {
      if (check.complete) emit(decodeUtf8(Uint8Array.from(run)));
      else giveUp();
      run = [];
    }
    check.reset();
  };
  return {
    write(text) {
      token += text;
    },
    end() {
      const byte = byteOf(token);
      if (byte === undefined) {
        endRun();
        emit(token);
      } else {
        run.push(byte);
        check.push(byte);
        if (check.wrong) giveUp();
      }
      token = '';
    },
    finish() {
      endRun();
      token = '';
      next.finish();
    },
  };
}

/** Whether bytes are UTF-8 so far (Unicode table 3-7). */
class Utf8Check {
  wrong = false;
  /** Continuation bytes to come, and the range of the next. */
  #missing = 0;
  #low = 0x80;
  #high = 0xbf;

  get complete(): boolean {
    return !this.wrong && this.#missing === 0;
  }

  reset(): void {
    this.wrong = false;
    this.#missing = 0;
  }

  push(byte: number): void {
    if (this.wrong) return;
    if (this.#missing > 0) {
      this.wrong = byte < this.#low || byte > this.#high;
      this.#missing--;
      [this.#low, this.#high] = [0x80, 0xbf];
      return;
    }
    if (byte < 0x80) return;
    this.wrong = byte < 0xc2 || byte > 0xf4;
    this.#missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.#low = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    this.#high = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
  }
}
