// Text of PDFs beside pypdf, pdfminer.six, PyMuPDF (PyPI) and poppler's pdftotext: PDFs made of known text by Chromium and
// reportlab, in one and two columns, with running heads and page numbers; then what comes back, against what went in.
//   npm run build && node bench/pdf.mjs [--data ../shared/data] [--no-peers] [--only 'handbook-zh;laws'] [--keep folder]
// Needs Debian's chromium, poppler-utils, poppler-data and a Chinese font (fonts-wqy-zenhei).
//   tokens   F1 of the bag of words (each Han character one)
//   order    F1 of the bag of 4-grams of these
//   whole    share of the paragraphs of ten words or more that come back as a paragraph or a line, nothing lost or added
//   heads    how often a running head is still there, of all pages
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { askPython } from './peers.mjs';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    dist: { type: 'string', default: fileURLToPath(new URL('../dist/', import.meta.url)) },
    'no-peers': { type: 'boolean' },
    only: { type: 'string' },
    keep: { type: 'string' },
    show: { type: 'boolean' },
  },
});
const { readPdf } = await import(pathToFileURL(join(options.dist, 'data/pdf/read.js')).href);
const folder = options.keep ?? mkdtempSync(join(tmpdir(), 'athanor-pdf-'));
mkdirSync(folder, { recursive: true });
const unzip = (path) => gunzipSync(readFileSync(join(options.data, path))).toString('utf8');
const jsonl = (path) =>
  unzip(path)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const wanted = (name) => !options.only || options.only.split(';').some((prefix) => name.startsWith(prefix));

const python = (job, records) => askPython('pdf', 'pdf_peer.py', job, records);

/** Pages of the Debian handbook, printed by Chromium. The truth is what Chromium itself says is their visible text. */
async function printHandbook() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const pages = jsonl('debian-handbook-html/pages.jsonl.gz');
  const navigation = /<div id="banner">.*?<\/div>|<p id="title">.*?<\/p>|<ul class="docnav.*?<\/ul>/gs;
  const made = [];
  for (const [lang, code] of [
    ['en-US', 'en'],
    ['zh-CN', 'zh'],
  ])
    for (const columns of [1, 2]) {
      const set = `handbook-${code}${columns === 2 ? ', 2 columns' : ''}`;
      if (!wanted(set)) continue;
      const tab = await browser.newPage({ javaScriptEnabled: true });
      const chosen = pages.filter((page) => page.lang === lang).filter((_, i) => i % 12 === 3);
      for (const { file, html } of chosen) {
        const style = `body { font: 10pt/1.4 serif; column-count: ${columns}; column-gap: 20pt; text-align: justify; hyphens: auto }
          pre { white-space: pre-wrap; overflow-wrap: anywhere; text-align: left } code, a { overflow-wrap: anywhere }`;
        const bare = html.replace(navigation, '').replace(/<link [^>]*>|<img [^>]*>|<script.*?<\/script>/gs, '');
        const body = /<body[^>]*>(.*)<\/body>/s.exec(bare)[1];
        await tab.setContent(
          `<!doctype html><html lang="${lang}"><head><style>${style}</style></head><body>${body}</body></html>`,
        );
        const truth = await tab.evaluate('document.body.innerText');
        const path = join(folder, `${code}-${columns}-${file}.pdf`);
        const title = code === 'en' ? 'The Debian Handbook, printed' : 'Debian 管理员手册打印版';
        const edge = (text) => `<div style="font-size: 8pt; width: 100%; text-align: center">${text}</div>`;
        await tab.pdf({
          path,
          format: 'A4',
          displayHeaderFooter: true,
          headerTemplate: edge(title),
          footerTemplate: edge('<span class="pageNumber"></span> / <span class="totalPages"></span>'),
          margin: { top: '60px', bottom: '60px', left: '50px', right: '50px' },
        });
        made.push({
          set,
          path,
          title,
          paragraphs: truth
            .split(/\n+/)
            .map((text) => text.trim())
            .filter(Boolean),
        });
      }
      await tab.close();
    }
  await browser.close();
  return made;
}

function printText() {
  const novels = ['mary-shelley_frankenstein', 'h-g-wells_the-war-of-the-worlds', 'john-stuart-mill_on-liberty'].map(
    (name) => ({
      title: name.split('_')[1],
      paragraphs: unzip(`standard-ebooks-en/${name}.txt.gz`)
        .split(/\n+/)
        .map((text) => text.replace(/\s+/g, ' ').trim())
        .filter((text) => /^[\x20-\x7e\u2018-\u201d\u2014]+$/.test(text))
        .slice(20, 120),
    }),
  );
  const laws = jsonl('laws-zh/laws.jsonl.gz')
    .filter(({ text }) => text.length > 12_000)
    .slice(0, 3)
    .map(({ title, text }) => ({
      title,
      paragraphs: text
        .split(/\n+/)
        .map((line) => line.replace(/^[#\s>*-]+/, '').trim())
        .filter((line) => line !== '' && !/[*<[|]/.test(line))
        .slice(0, 200),
    }));
  const made = [];
  for (const [set, kind, texts] of [
    ['novels, 2 columns', 'latin-2', novels],
    ['novels, drawn by rows', 'rows', novels],
    ['laws', 'song-1', laws],
    ['laws, 2 columns', 'song-2', laws],
  ])
    if (wanted(set))
      for (const [i, text] of texts.entries())
        made.push({ set, kind, path: join(folder, `${kind}-${i}.pdf`), ...text });
  if (made.length > 0) python('make', made);
  return made;
}

const tokensOf = (text) =>
  text
    .normalize('NFKC')
    .match(/\p{sc=Han}|[\p{L}\p{N}]+/gu)
    ?.filter((x) => x !== '') ?? [];
function bag(tokens, n) {
  const counts = new Map();
  for (let i = 0; i + n <= tokens.length; i++) {
    const key = tokens.slice(i, i + n).join(' ');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
function f1(a, b) {
  let [hit, all] = [0, 0];
  for (const [key, count] of a) {
    hit += Math.min(count, b.get(key) ?? 0);
    all += count;
  }
  for (const count of b.values()) all += count;
  return all === 0 ? 1 : (2 * hit) / all;
}

function score({ paragraphs, title, pages }, text) {
  const [truth, found] = [tokensOf(paragraphs.join('\n')), tokensOf(text)];
  const keyOf = (paragraph) => tokensOf(paragraph).join(' ');
  const got = new Set([...text.split(/\n\s*\n/), ...text.split('\n')].map(keyOf));
  const long = paragraphs.filter((paragraph) => tokensOf(paragraph).length >= 10);
  const missing = long.filter((paragraph) => !got.has(keyOf(paragraph)));
  if (options.show) {
    for (const paragraph of missing.slice(0, 8)) {
      const [head, tail] = [tokensOf(paragraph).slice(0, 6).join(' '), tokensOf(paragraph).slice(-6).join(' ')];
      const near = text.split(/\n\s*\n/).filter((one) => keyOf(one).includes(head) || keyOf(one).includes(tail));
      console.log('WANTED', paragraph, ...near.map((one) => `\n  GOT ${one}`));
    }
  }
  const flat = tokensOf(text).join(' ');
  const inTruth = ` ${truth.join(' ')} `.split(` ${keyOf(title)} `).length - 1;
  return {
    tokens: f1(bag(truth, 1), bag(found, 1)),
    order: f1(bag(truth, 4), bag(found, 4)),
    whole: long.length === 0 ? 1 : 1 - missing.length / long.length,
    heads: Math.max(0, ` ${flat} `.split(` ${keyOf(title)} `).length - 1 - inTruth) / pages,
  };
}

const documents = [...(await printHandbook()), ...printText()];
const systems = { athanor: { texts: [], seconds: 0 } };
for (const document of documents) {
  const bytes = readFileSync(document.path);
  if (document === documents[0]) await readPdf(bytes); // the first use loads pdf.js
  const before = process.cpuUsage();
  const result = await readPdf(bytes);
  const { user, system } = process.cpuUsage(before);
  systems.athanor.seconds += (user + system) / 1e6;
  systems.athanor.texts.push('fault' in result ? '' : result.text);
  document.pages = 'fault' in result ? 1 : result.pages.length;
  if (options.keep) writeFileSync(document.path.replace(/\.pdf$/, '.txt'), systems.athanor.texts.at(-1));
}
if (!options['no-peers']) {
  const found = python(
    'extract',
    documents.map(({ path }) => ({ path })),
  );
  for (const name of ['pypdf', 'pdfminer.six', 'PyMuPDF']) {
    systems[name] = {
      texts: found.map((one) => one[name].text),
      seconds: found.reduce((sum, one) => sum + one[name].seconds, 0),
    };
  }
  const texts = documents.map(({ path }) =>
    execFileSync('pdftotext', ['-enc', 'UTF-8', path, '-'], { encoding: 'utf8', maxBuffer: 1 << 28 }),
  );
  systems.pdftotext = { texts, seconds: undefined };
}
const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
for (const set of new Set(documents.map((document) => document.set))) {
  const these = documents.flatMap((document, i) => (document.set === set ? [i] : []));
  console.log(`\n${set}: ${these.length} PDFs, ${these.reduce((sum, i) => sum + documents[i].pages, 0)} pages`);
  console.log(`${''.padEnd(14)}tokens  order   whole   heads`);
  for (const [name, { texts }] of Object.entries(systems)) {
    const scores = these.map((i) => score(documents[i], texts[i]));
    const numbers = ['tokens', 'order', 'whole', 'heads'].map((key) => mean(scores.map((one) => one[key])).toFixed(3));
    console.log(`${name.padEnd(14)}${numbers.join('   ')}`);
  }
}
const pages = documents.reduce((sum, document) => sum + document.pages, 0);
console.log('\npages a second of CPU time, one thread');
for (const [name, { seconds }] of Object.entries(systems)) {
  if (seconds !== undefined) console.log(`${name.padEnd(14)}${(pages / seconds).toFixed(1)}`);
}
if (!options.keep) rmSync(folder, { recursive: true });
