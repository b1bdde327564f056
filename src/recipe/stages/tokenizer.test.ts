import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ProgressEvent, parse } from '../../core/index.ts';
import { buildDataset, openDataset, Workspace } from '../../data/index.ts';
import { trainBpe, WordCounter } from '../../tokenizer/index.ts';
import { loadTokenizer } from '../../tokenizer/node.ts';
import type { StageContext } from '../define.ts';
import { tokenizer } from './tokenizer.ts';

const lines = Array.from({ length: 200 }, (_, i) => `床前明月光 ${i} low lower the ${'tower '.repeat(i % 5)}end`);
let base: string;
let workspace: Workspace;
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'athanor-tokenizer-'));
  workspace = new Workspace(join(base, 'ws'));
  writeFileSync(join(base, 'a.jsonl'), lines.map((text) => JSON.stringify({ text })).join('\n'));
  const sources = [{ type: 'jsonl' as const, path: 'a.jsonl', text: 'text' }];
  await buildDataset(
    { name: 'lines', licence: 'none', sources, steps: [], split: { train: 0.8, validation: 0.2, test: 0 } },
    { workspace, baseDir: base, seed: 1 },
  );
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

async function run(settings: object, signal = new AbortController().signal) {
  const events: ProgressEvent[] = [];
  const config = parse(tokenizer.schema, { name: 'tok', dataset: 'lines', ...settings }, 'stage');
  const report = (event: ProgressEvent) => events.push(event);
  const summary = await tokenizer.run(config, { workspace, report, signal, threads: 1 } as unknown as StageContext);
  return { summary, events, ...loadTokenizer(workspace.tokenizer('tok')) };
}

describe('the tokenizer stage', () => {
  it('learns from the training split alone, and from the words of every conversation', async () => {
    const words = new WordCounter('gpt4');
    let documents = 0;
    for await (const { text } of openDataset(workspace, 'lines').documents('train')) {
      words.add(text);
      documents++;
    }
    for (const role of ['system', 'user', 'assistant']) words.add(`${role}\n`, documents);
    expect(documents).toBeGreaterThan(100);
    expect(documents).toBeLessThan(200);
    const { summary, tokenizer: trained, chatTemplate } = await run({ type: 'bpe', vocab_size: 300, pattern: 'gpt4' });
    expect(summary).toEqual({ vocab_size: 300 });
    expect(trained.toJSON()).toEqual(trainBpe({ texts: words, vocabSize: 300 }).toJSON());
    expect(chatTemplate).toContain('im_start');
  });

  it('says when the data gives fewer tokens, and leaves no counts behind', async () => {
    const { summary, events } = await run({ type: 'wordlevel', vocab_size: 5000 });
    expect(summary.vocab_size).toBeLessThan(5000);
    const warnings = events.filter((event) => event.type === 'message');
    expect(warnings).toMatchObject([{ level: 'warn', text: expect.stringMatching(/gives only \d+ of 5000 tokens/) }]);
    expect(events).toContainEqual(expect.objectContaining({ type: 'progress', unit: 'MB' }));
    expect(existsSync(join(workspace.root, 'cache', 'tokenizer-tok.counts'))).toBe(false);
  });

  it('gives each character of the data a token', async () => {
    const { tokenizer: trained, chatTemplate } = await run({ type: 'char' });
    const training = new Set<string>();
    for await (const { text } of openDataset(workspace, 'lines').documents('train'))
      for (const c of text) training.add(c);
    expect(trained.vocabSize).toBe(training.size + 2);
    expect(chatTemplate).toBeUndefined();
  });

  it('stops when asked to, and keeps what it counted', async () => {
    await expect(run({ type: 'bpe', vocab_size: 300 }, AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    });
    const state = join(workspace.root, 'cache', 'tokenizer-tok.counts');
    expect(readFileSync(state, 'latin1')).toMatch(/^athanor word counts/);
    await run({ type: 'bpe', vocab_size: 300 });
    expect(existsSync(state)).toBe(false);
  });

  it('refuses a template without its tokens', async () => {
    const settings = { type: 'bpe', vocab_size: 300, special_tokens: ['<s>'], chat_template: 'chatml' };
    await expect(run(settings)).rejects.toMatchObject({
      place: "stage 'tok'",
      message: expect.stringMatching(/needs/),
    });
  });
});
