// Packs Adobe's predefined character maps, as pdf.js ships them (cmaps/*.bcmap of npm pdfjs-dist, of the version of pdf.js
// that unpdf carries), into src/data/pdf/cmaps.bin: read by src/data/pdf/cmaps.ts.
//   npm pack pdfjs-dist@6.1.200 && tar -xzf pdfjs-dist-*.tgz && node scripts/pdf-cmaps.mjs package
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const folder = join(process.argv[2] ?? 'package', 'cmaps');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.bcmap'))
  .sort();
const maps = names.map((name) => readFileSync(join(folder, name)));
// A line of JSON with names and lengths, then the maps one after the other, packed as one: many are nearly alike.
const index = Object.fromEntries(names.map((name, i) => [name, maps[i].length]));
const whole = Buffer.concat([Buffer.from(`${JSON.stringify(index)}\n`), ...maps]);
const params = {
  [constants.BROTLI_PARAM_QUALITY]: 11,
  [constants.BROTLI_PARAM_LGWIN]: 24,
  [constants.BROTLI_PARAM_SIZE_HINT]: whole.length,
};
const packed = brotliCompressSync(whole, { params });
const target = new URL('../src/data/pdf/', import.meta.url);
writeFileSync(new URL('cmaps.bin', target), packed);
cpSync(join(folder, 'LICENSE'), new URL('cmaps.LICENSE.txt', target));
console.log(`${names.length} maps, ${whole.length} bytes packed into ${packed.length}`);
