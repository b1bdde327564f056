// The texts that the quality classifier is measured on: reference text (`good`) against raw text of the web (`raw`), in
// English and Chinese. Sources marked `held` are never trained on. Against cues that have nothing to do with quality:
// quotes, dashes and full-width punctuation are made alike everywhere; addresses, names of accounts and entities go;
// every document is cut to a length drawn from the same range; whole works (a book, an article, a page, a dozen
// posts) fall on one side of the split.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeText } from '../dist/data/charset/index.js';
import { extractContent, extractVisible } from '../dist/data/html/index.js';
import { stripMarkdown } from '../dist/data/markdown/strip.js';
import { decodeBody, readHttpHead } from '../dist/data/warc/http.js';
import { readWarc } from '../dist/data/warc/read.js';
import { readCsv } from './toxicity-data.mjs';

/** Characters of a document, at least and at most. */
const lengths = { en: [600, 1200], zh: [180, 360] };
/** Documents of a source, at most; of one work, at most. */
const caps = { train: 1200, test: 400, work: 80 };

const fraction = (key) => createHash('sha256').update(key).digest().readUInt32BE(0) / 2 ** 32;
const unzip = (path) => gunzipSync(readFileSync(path)).toString('utf8');
const rows = (path) =>
  unzip(path)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const alike = (text) =>
  text
    .normalize('NFKC')
    .replace(/<unk>|https?:\/\/\S+|www\.\S+|[@＠][\w-]+:?|&#?\w{1,8};|\bRT\b/g, ' ')
    .replace(/[“”„«»「」『』]/g, '"')
    .replace(/[‘’`]/g, "'")
    .replace(/[‐‑–—―]+/g, '-')
    .replace(/。/g, '.')
    .replace(/、/g, ',')
    .replace(/\s+/g, ' ')
    .trim();

/** Consecutive short texts as one work. */
const gathered = (texts, count) =>
  Array.from({ length: Math.ceil(texts.length / count) }, (_, i) => texts.slice(i * count, (i + 1) * count).join('\n'));

/** Prose of a Markdown page: no code, no directives. */
const prose = (markdown) =>
  stripMarkdown(markdown.replace(/^(`{3,}|~{3,}).*?^\1\s*$/gms, ''))
    .replace(/^:.*$/gm, '')
    .replace(/:\w+:`[^`]*`|\$[^$\n]*\$/g, '');

const squadLike = (articles) => articles.map(({ paragraphs }) => paragraphs.map(({ context }) => context).join('\n'));

async function crawlPages(path) {
  const pages = [];
  for await (const record of readWarc(path)) {
    if (record.kind === 'bad' || record.type !== 'response') continue;
    const head = await readHttpHead(record.block).catch(() => undefined);
    if (head?.status !== 200 || !/html/i.test(head.fields.find(([name]) => /^content-type$/i.test(name))?.[1] ?? ''))
      continue;
    const body = await decodeBody(await record.block.all(), head.fields, 4e6).catch(() => undefined);
    if (body !== undefined) pages.push(extractVisible(decodeText(body, { html: true }).text).text);
  }
  return pages;
}

/** What a page shows beside its article: menus, teasers, forms, comments. */
function boilerplate(folder) {
  const truth = JSON.parse(readFileSync(join(folder, 'ground-truth.json'), 'utf8'));
  return readdirSync(join(folder, 'html')).map((name) => {
    const article = truth[name.split('.')[0]].articleBody.replace(/\s+/g, ' ');
    const { text } = extractVisible(
      decodeText(gunzipSync(readFileSync(join(folder, 'html', name))), { html: true }).text,
    );
    return text
      .split('\n')
      .filter((line) => !article.includes(line.replace(/\s+/g, ' ').trim()))
      .join('\n');
  });
}

/** @param data folder with the sets named below @returns sources `{ language, name, label, held, works }` */
async function sourcesOf(data) {
  const path = (...parts) => join(data, ...parts);
  const handbook = (lang) =>
    rows(path('debian-handbook-html/pages.jsonl.gz'))
      .filter((page) => page.lang === lang)
      .map(({ html }) => extractContent(html).text);
  const cold = ['train_8k', 'dev', 'test'].flatMap((name) => readCsv(path('cold-zh', `${name}.csv.gz`)));
  const csl = readdirSync(path('csl-zh')).filter((name) => name.endsWith('.jsonl.gz') && !name.startsWith('cls_ctg'));
  const turns = (set, files) =>
    files.flatMap((name) => rows(path(set, `${name}.jsonl.gz`))).map(({ messages }) => messages.map((m) => m.content));
  const source = (language, name, label, works, held = false) => ({ language, name, label, held, works });
  return [
    source('en', 'Wikipedia', 'good', [
      ...unzip(path('c4-wiki-demo/wiki_demo.txt.gz')).split('\n'),
      ...squadLike(JSON.parse(unzip(path('squad-v2/dev-v2.0-half.json.gz'))).data),
    ]),
    source(
      'en',
      'books',
      'good',
      readdirSync(path('standard-ebooks-en'))
        .filter((name) => name.endsWith('.gz'))
        .map((name) => unzip(path('standard-ebooks-en', name))),
    ),
    source(
      'en',
      'C4 pages',
      'raw',
      rows(path('c4-wiki-demo/c4_demo.jsonl.gz')).map(({ text }) => text),
    ),
    source(
      'en',
      'tweets',
      'raw',
      gathered(
        readCsv(path('hate-speech-en/labeled_data_10k.csv.gz')).map(({ tweet }) => tweet),
        14,
      ),
      true,
    ),
    source('en', 'handbook', 'good', handbook('en-US'), true),
    source(
      'en',
      'textbook (d2l)',
      'good',
      rows(path('d2l/d2l_en.jsonl.gz')).map(({ text }) => prose(text)),
    ),
    source(
      'en',
      'speeches',
      'good',
      rows(path('us-presidents/state_union.jsonl.gz')).map(({ text }) => text),
      true,
    ),
    source('en', 'crawl of 2008', 'raw', await crawlPages(path('warc/aut/example.warc.gz')), true),
    source('en', 'page boilerplate', 'raw', boilerplate(path('article-extraction-benchmark'))),
    source(
      'zh',
      'Wikipedia (CMRC)',
      'good',
      ['dev', 'trial'].flatMap((part) => squadLike(JSON.parse(unzip(path(`cmrc2018/cmrc2018_${part}.json.gz`))).data)),
    ),
    source('zh', 'abstracts (CSL)', 'good', [
      ...new Set(csl.flatMap((name) => rows(path('csl-zh', name))).map(({ input }) => input)),
    ]),
    source(
      'zh',
      'posts (COLD)',
      'raw',
      gathered(
        cold.map(({ TEXT }) => TEXT),
        8,
      ),
    ),
    source(
      'zh',
      'help seekers (SMILE)',
      'raw',
      gathered(
        turns('smile-zh', ['smile']).map(([first]) => first),
        4,
      ),
    ),
    source('zh', 'handbook', 'good', handbook('zh-CN'), true),
    source(
      'zh',
      'textbook (d2l)',
      'good',
      rows(path('d2l/d2l_zh.jsonl.gz')).map(({ text }) => prose(text)),
    ),
    source(
      'zh',
      'statutes',
      'good',
      rows(path('laws-zh/laws.jsonl.gz')).map(({ text }) => stripMarkdown(text)),
      true,
    ),
    source(
      'zh',
      'chats (CrossWOZ)',
      'raw',
      turns('crosswoz-zh', ['val', 'test']).map((all) => all.join('\n')),
      true,
    ),
  ];
}

/** A work in documents of similar lengths. */
function documentsOf(work, [least, most], key) {
  const text = alike(work);
  const documents = [];
  for (let at = 0, i = 0; at + least <= text.length && i < caps.work; i++) {
    const wanted = least + Math.floor(fraction(`${key}\0${i}`) * (most - least));
    let end = Math.min(text.length, at + wanted);
    const space = text.lastIndexOf(' ', end);
    if (end < text.length && space > at + wanted * 0.9) end = space;
    if (end - at >= least * 0.9) documents.push(text.slice(at, end).trim());
    at = end;
  }
  return documents;
}

/** @returns for `en` and `zh`: train, test (other works of the same sources), outside (sources that were held out) */
export async function qualityData(data) {
  const sets = {};
  for (const language of ['en', 'zh']) sets[language] = { train: [], test: [], outside: [] };
  for (const { language, name, label, held, works } of await sourcesOf(data)) {
    const parts = { train: [], test: [], outside: [] };
    for (const [i, work] of works.entries()) {
      const key = `${language}\0${name}\0${i}`;
      const part = held ? 'outside' : fraction(`split\0${key}`) < 0.25 ? 'test' : 'train';
      for (const text of documentsOf(work, lengths[language], key)) parts[part].push({ text, label, source: name });
    }
    for (const [part, documents] of Object.entries(parts)) {
      const unique = [...new Map(documents.map((document) => [document.text, document])).values()];
      const chosen = unique.map((document) => [fraction(document.text), document]).sort((a, b) => a[0] - b[0]);
      sets[language][part].push(...chosen.slice(0, part === 'train' ? caps.train : caps.test).map(([, one]) => one));
    }
  }
  return sets;
}
