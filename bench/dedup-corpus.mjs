// A corpus for measuring deduplication: real passages in English and Chinese, and near-duplicates of a third of them
// with 1–30 % edits of five kinds. Seeded; the same in every run.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The texts of a file: plain text, or JSON Lines with a `text`; .gz too. */
function textsOf(path) {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  if (!/\.jsonl(\.gz)?$/.test(path)) return [text];
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).text);
}

/** Passages of about `length` characters, cut at line ends (or anywhere in a very long line). */
function passages(texts, length) {
  const found = [];
  let current = '';
  for (const text of texts) {
    for (const line of text.split(/(?<=\n)/)) {
      current += line;
      if (!current.endsWith('\n')) current += '\n';
      if (current.length >= length) {
        for (let i = 0; i < current.length; i += 4 * length) found.push(current.slice(i, i + 4 * length).trim());
        current = '';
      }
    }
  }
  return found.filter((text) => text.length >= length / 2);
}

const headers = {
  en: [
    'Home | About | Contact | Privacy policy | Terms of use',
    'Posted by admin on Monday. Share this on Facebook, Twitter, and by e-mail.',
  ],
  zh: ['首页 | 关于我们 | 联系方式 | 隐私政策 | 使用条款', '发布者：管理员　时间：星期一　分享到微博、微信和电子邮件'],
};

/** A copy with about `rate` of it changed, in one of five ways. */
function edited(text, language, rate, rand) {
  const pick = (list) => list[Math.floor(rand() * list.length)];
  const chinese = language === 'zh';
  const units = chinese ? [...text] : text.split(/(?<=\s)/);
  const kind = pick(['replace', 'delete', 'swap', 'case', 'template']);
  if (kind === 'template') return `${headers[language][0]}\n${text}\n${headers[language][1]}`;
  if (kind === 'case') {
    const changed = units.map((unit) =>
      rand() < rate ? (chinese ? unit.replace(/[，。、]/u, '；') : unit.toUpperCase().replace(/[,.;]/g, '')) : unit,
    );
    return changed.join('');
  }
  for (let n = Math.max(1, Math.floor(units.length * rate)); n > 0; n--) {
    const at = Math.floor(rand() * units.length);
    if (kind === 'replace') units[at] = pick(units);
    else if (kind === 'delete') units[at] = '';
    else if (at + 1 < units.length) [units[at], units[at + 1]] = [units[at + 1], units[at]];
  }
  return units.join('');
}

/** @returns {{ id: string, text: string, language: 'en' | 'zh' }[]} */
export function corpus({ english, chinese, length, most, seed = 17 }) {
  const rand = random(seed);
  const documents = [];
  for (const [language, paths, size] of [
    ['en', english, length],
    ['zh', chinese, Math.round(length / 3)],
  ]) {
    const originals = passages(paths.flatMap(textsOf), size).slice(0, Math.round(most / 2.8));
    for (const [i, text] of originals.entries()) {
      documents.push({ id: `${language}-${i}`, text, language });
      if (rand() > 1 / 3) continue;
      const copies = rand() < 0.2 ? 3 : 1;
      for (let k = 0; k < copies; k++) {
        const rate = 0.01 + 0.29 * rand() ** 2;
        documents.push({ id: `${language}-${i}-copy${k}`, text: edited(text, language, rate, rand), language });
      }
    }
  }
  for (let i = documents.length - 1; i > 0; i--) {
    const j = Math.floor(rand() * (i + 1));
    [documents[i], documents[j]] = [documents[j], documents[i]];
  }
  return documents;
}

/** 53 bits of a string as a number (cyrb53, public domain): ten million strings collide somewhere with a chance of 0.6 %. */
export function number53(text) {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}

/**
 * All pairs i < j whose sets of features have a Jaccard similarity of at least `threshold`, exactly. Two such sets x, y share
 * at least l of their |x| - ⌈t|x|⌉ + l rarest features (prefix filter: Chaudhuri et al. 2006; l > 1: Wang et al. 2012), and
 * only pairs that do are compared. How rare a feature is need not be exact, only the same for all.
 * @param features a list of distinct numbers for each document
 */
export function allPairs(features, threshold) {
  const slots = 1 << 24;
  const counts = new Uint32Array(slots);
  const slotOf = (feature) => (feature % 4294967291) & (slots - 1);
  const sets = features.map((own) => Float64Array.from(own).sort());
  for (const own of sets) for (const feature of own) counts[slotOf(feature)]++;
  const index = new Map();
  const pairs = [];
  const shared = new Uint32Array(sets.length);
  const wanted = sets.map((own) => Math.min(60, Math.ceil(threshold * own.length)));
  for (const [i, own] of sets.entries()) {
    const met = [];
    const rarest = [...own].map((feature) => [counts[slotOf(feature)], feature]);
    rarest.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const prefix = rarest.slice(0, own.length - Math.ceil(threshold * own.length) + wanted[i]);
    for (const [count, feature] of prefix) {
      if (count === 1) continue;
      const list = index.get(feature);
      if (list) for (const j of list) if (shared[j]++ === 0) met.push(j);
      if (list) list.push(i);
      else index.set(feature, [i]);
    }
    for (const j of met) {
      if (shared[j] >= Math.min(wanted[i], wanted[j]) && similarity(own, sets[j]) >= threshold) pairs.push([j, i]);
      shared[j] = 0;
    }
  }
  return pairs;
}

function similarity(a, b) {
  let common = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) common++;
    if (a[i] <= b[j]) i++;
    else {
      j++;
      continue;
    }
    if (a[i - 1] === b[j]) j++;
  }
  return common / (a.length + b.length - common);
}

/** What a list of dropped ids is worth: pairs that were told apart, and drops that have a twin. */
export function judge(documents, dropped, pairs) {
  const gone = new Set(dropped);
  const twin = new Set();
  let solved = 0;
  for (const [a, b] of pairs) {
    twin.add(documents[a].id);
    twin.add(documents[b].id);
    if (gone.has(documents[a].id) || gone.has(documents[b].id)) solved++;
  }
  const right = dropped.filter((id) => twin.has(id)).length;
  return { recall: solved / pairs.length, precision: dropped.length === 0 ? 1 : right / dropped.length };
}
