/** HTML and charsets beside what others make of the same bytes: lxml, trafilatura, and Python's codecs (PyPI). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/index.ts';
import { decodeText } from '../../src/data/charset/index.ts';
import { extractContent, extractVisible } from '../../src/data/html/index.ts';
import { ensureVenv, runPython } from '../helpers/python.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const golden = <T>(path: string) => JSON.parse(readFileSync(join(root, 'src/data', path), 'utf8')) as T;
const pages = golden<{ lang: string; file: string; html: string }[]>('html/golden/pages.json');
const texts = golden<{ language: string; codec: string; text: string }[]>('charset/golden/encoded.json');

let python: string;
beforeAll(async () => {
  python = await ensureVenv('extraction');
});

async function peer<Answer>(job: string, records: readonly object[]): Promise<Answer[]> {
  const input = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  const output = await runPython(python, join(root, 'bench/extraction_peer.py'), { args: [job], stdin: input });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

const wordsOf = (text: string) => text.match(/[\p{L}\p{N}]+/gu) ?? [];

describe('against lxml', () => {
  it('all visible words of real pages, in order', async () => {
    const answers = await peer<{ text: string }>('visible', pages);
    for (const [i, { file, html }] of pages.entries()) {
      // List numbers are ours.
      const ours = wordsOf(extractVisible(html.replaceAll('<ol', '<ul').replaceAll('</ol', '</ul')).text);
      expect(ours.join(' '), file).toBe(wordsOf(answers[i]!.text).join(' '));
    }
  });

  it('all words of seeded soups of tags', async () => {
    const rng = new Rng(5);
    const tags = 'p div b a span em ul li h2 blockquote section'.split(' ');
    const soups = Array.from({ length: 200 }, (_, id) => {
      let html = '<body>';
      for (let i = 0; i < 40; i++) {
        const tag = tags[Math.floor(rng.uniform() * tags.length)]!;
        html += rng.uniform() < 0.6 ? `<${tag}>` : `</${tag}>`;
        if (rng.uniform() < 0.7) html += ` w${i} &amp; 诗${i} `;
      }
      return { id, html };
    });
    const answers = await peer<{ text: string }>('visible', soups);
    for (const [i, { html }] of soups.entries()) {
      expect(wordsOf(extractVisible(html).text).join(' '), html).toBe(wordsOf(answers[i]!.text).join(' '));
    }
  });
});

describe('against trafilatura', () => {
  it('the same words of the main text', async () => {
    const answers = await peer<{ default: { text: string } }>('extract', pages);
    for (const [i, { html, file }] of pages.entries()) {
      const [ours, theirs] = [extractContent(html).text, answers[i]!.default.text].map(
        (text) => new Set(text.match(/\p{sc=Han}|[\p{L}\p{N}]+/gu)),
      );
      const common = [...ours!].filter((word) => theirs!.has(word)).length;
      expect(common / ours!.size, file).toBeGreaterThan(0.93);
      expect(common / theirs!.size, file).toBeGreaterThan(0.85);
    }
  });
});

describe("against Python's codecs", () => {
  it('declared charsets give the same text', async () => {
    const rows = texts.map(({ codec, text }, id) => ({ id, codec, text: text.repeat(3) }));
    const answers = await peer<{ bytes: string; text: string }>('encode', rows);
    for (const [i, { bytes, text }] of answers.entries()) {
      const declared = texts[i]!.codec.replace('_', '-').replace(/^cp(\d{4})$/, 'windows-$1');
      const found = decodeText(Buffer.from(bytes, 'base64'), { declared });
      expect({ ...found, confidence: 0 }, declared).toMatchObject({ text, damaged: 0 });
    }
  });
});
