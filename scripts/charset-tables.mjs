// Writes src/data/charset/common-characters.gen.ts: the commonest Han characters of Chinese text in both scripts.
//   node scripts/charset-tables.mjs ../shared/data
// Simplified from laws-zh (public domain), csl-zh (Apache-2.0) and cmrc2018 dev (CC BY-SA 4.0), traditional from DRCD dev
// (CC BY-SA 3.0): only counts of characters are taken. Japanese and Korean: the commonest of general knowledge.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const data = process.argv[2] ?? '../shared/data';
const read = (path) => gunzipSync(readFileSync(`${data}/${path}`)).toString('utf8');
const simplified = [
  read('laws-zh/laws.jsonl.gz'),
  read('csl-zh/ts_dev.jsonl.gz'),
  read('csl-zh/kg_dev.jsonl.gz'),
  read('cmrc2018/cmrc2018_dev.json.gz'),
];
const traditional = [read('drcd/DRCD_dev.json.gz')];

/** Each text weighs the same, so that no one subject rules. */
function commonest(texts, n) {
  const share = new Map();
  for (const text of texts) {
    const han = text.match(/\p{sc=Han}/gu);
    for (const character of han) share.set(character, (share.get(character) ?? 0) + 1 / han.length);
  }
  const sorted = [...share].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const covered = sorted.slice(0, n).reduce((sum, [, x]) => sum + x, 0) / texts.length;
  console.log(n, 'characters cover', covered.toFixed(3));
  return sorted
    .slice(0, n)
    .map(([character]) => character)
    .join('');
}

const lines = (text) => (text.match(/.{1,100}/gu) ?? []).map((line) => `  '${line}'`).join(' +\n');
writeFileSync(
  new URL('../src/data/charset/common-characters.gen.ts', import.meta.url),
  `// Written by scripts/charset-tables.mjs; says there from which texts. Commonest first.

export const simplifiedHan =
${lines(commonest(simplified, 800))};

export const traditionalHan =
${lines(commonest(traditional, 800))};
`,
);
