/**
 * Adobe's predefined character maps (GBK-EUC-H, UniJIS-UTF16-V …), which say what the bytes of a font mean that is not in
 * the PDF: Chinese, Japanese and Korean PDFs have many. pdf.js wants them from outside, and `unpdf` does not bring them;
 * `cmaps.bin` has them all (cmaps.SOURCE.txt). Unpacked when the first PDF asks.
 */
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { AthanorError } from '../../core/index.ts';

/** What pdf.js fetches data with: its `BinaryDataFactory`. Nothing is ever asked of a network. */
export class PackedCMaps {
  async fetch({ kind, filename }: { readonly kind: string; readonly filename: string }): Promise<Uint8Array> {
    const found = kind === 'cMapUrl' ? readCMap(filename) : undefined;
    // pdf.js goes on without what it cannot have (fonts, which only drawing needs).
    if (found === undefined) throw new AthanorError('not-found', `no ${kind} '${filename}' is shipped`);
    return found;
  }
}

/** @param name such as `GBK-EUC-H.bcmap` */
export function readCMap(name: string): Uint8Array | undefined {
  unpacked ??= unpack();
  return unpacked.get(name);
}

let unpacked: Map<string, Uint8Array> | undefined;

function unpack(): Map<string, Uint8Array> {
  const whole = brotliDecompressSync(readFileSync(new URL('./cmaps.bin', import.meta.url)));
  const start = whole.indexOf('\n') + 1;
  const index = JSON.parse(whole.toString('utf8', 0, start)) as Record<string, number>;
  const maps = new Map<string, Uint8Array>();
  let at = start;
  for (const [name, length] of Object.entries(index)) {
    maps.set(name, whole.subarray(at, at + length));
    at += length;
  }
  return maps;
}
