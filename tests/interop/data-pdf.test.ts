/** PDFs that reportlab (PyPI) makes: fonts that are not in them, by Adobe's character maps; two columns; what peers read. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPdf } from '../../src/data/pdf/read.ts';
import { ensureVenv, runPython } from '../helpers/python.ts';

const peer = fileURLToPath(new URL('../../bench/pdf_peer.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'athanor-pdf-'));
let python: string;
beforeAll(async () => {
  python = await ensureVenv('pdf');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const chinese = Array.from(
  { length: 60 },
  (_, i) =>
    `第${i + 1}条　春眠不觉晓，处处闻啼鸟；夜来风雨声，花落知多少。${'白日依山尽，黄河入海流。'.repeat(1 + (i % 5))}`,
);
const english = Array.from(
  { length: 60 },
  (_, i) =>
    `Paragraph number ${i + 1} ${'understands extraordinary considerations of the neighbouring philosophers '.repeat(1 + (i % 4))}and ends.`,
);

async function make(kind: string, paragraphs: readonly string[]): Promise<string> {
  const path = join(folder, `${kind}.pdf`);
  await runPython(python, peer, {
    args: ['make'],
    stdin: `${JSON.stringify({ kind, path, title: '静夜思', paragraphs })}\n`,
  });
  const result = await readPdf(readFileSync(path));
  return 'fault' in result ? result.fault : result.text;
}

const plain = (text: string) => text.replace(/\s+/g, '');

describe('PDFs by reportlab', () => {
  for (const kind of ['song-1', 'song-2']) {
    it(`Chinese in STSong-Light, UniGB-UCS2-H (${kind}): every character, in order, without the running heads`, async () => {
      expect(plain(await make(kind, chinese))).toBe(plain(chinese.join('')));
    });
  }

  it('English in two columns, hyphenated: every word whole, in order', async () => {
    const text = await make('latin-2', english);
    expect(text.replace('静夜思', '').replace(/\s+/g, ' ').trim()).toBe(english.join(' ').replace(/\s+/g, ' '));
  });

  it('columns drawn row by row: read one after the other, paragraphs whole', async () => {
    const paragraphs = (await make('rows', english)).split('\n\n');
    expect(paragraphs.join(' ')).toBe(english.join(' ').replace(/\s+/g, ' '));
    const whole = english.filter((one) => paragraphs.includes(one));
    expect(whole.length / english.length).toBeGreaterThan(0.9);
  });

  it('reads of the Chinese file what PyMuPDF does', async () => {
    const ours = await make('song-1', chinese);
    const output = await runPython(python, peer, {
      args: ['extract'],
      stdin: `${JSON.stringify({ path: join(folder, 'song-1.pdf') })}\n`,
    });
    const theirs = plain((JSON.parse(output) as { PyMuPDF: { text: string } }).PyMuPDF.text);
    expect(ours.length).toBeGreaterThan(1000);
    for (const paragraph of chinese) expect(theirs).toContain(plain(paragraph).slice(0, 20));
  });
});
