import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { chatmlTemplate, trainBpe } from './index.ts';
import { loadTokenizer, saveTokenizer } from './node.ts';

const root = mkdtempSync(join(tmpdir(), 'athanor-tokenizer-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const tokenizer = trainBpe({ texts: ['low lower lowest'], vocabSize: 265 });

describe('saveTokenizer, loadTokenizer', () => {
  it('keep everything', () => {
    const dir = join(root, 'a');
    saveTokenizer(dir, tokenizer, { chatTemplate: chatmlTemplate, modelMaxLength: 256 });
    expect(readdirSync(dir).sort()).toEqual(['tokenizer.json', 'tokenizer_config.json']);
    const loaded = loadTokenizer(dir);
    expect(loaded.chatTemplate).toBe(chatmlTemplate);
    expect(loaded.config).toMatchObject({
      model_max_length: 256,
      eos_token: '<|endoftext|>',
      tokenizer_class: 'PreTrainedTokenizerFast',
    });
    expect(loaded.tokenizer.specialTokens).toEqual(tokenizer.specialTokens);
    expect(loaded.tokenizer.toJSON()).toEqual(tokenizer.toJSON());
    saveTokenizer(dir, loaded.tokenizer, { config: loaded.config });
    expect(loadTokenizer(dir)).toMatchObject({ config: loaded.config, chatTemplate: chatmlTemplate });
  });

  it('read a template file of its own, or the list’s default', () => {
    const dir = join(root, 'b');
    saveTokenizer(dir, tokenizer);
    expect(loadTokenizer(dir).chatTemplate).toBeUndefined();
    const list = [
      { name: 'rag', template: 'R' },
      { name: 'default', template: 'D' },
    ];
    writeFileSync(join(dir, 'tokenizer_config.json'), JSON.stringify({ chat_template: list }));
    expect(loadTokenizer(dir).chatTemplate).toBe('D');
    writeFileSync(join(dir, 'chat_template.jinja'), 'J');
    expect(loadTokenizer(dir).chatTemplate).toBe('J');
  });

  it('name a missing directory, a directory without tokenizer, and broken files', () => {
    expect(() => loadTokenizer(join(root, 'none'))).toThrow(/no such directory/);
    expect(() => loadTokenizer(root)).toThrow(
      expect.objectContaining({ code: 'not-found', message: expect.stringMatching(/has no tokenizer\.json/) }),
    );
    writeFileSync(join(root, 'tokenizer.json'), '{');
    expect(() => loadTokenizer(root)).toThrow(
      expect.objectContaining({ code: 'bad-file', message: expect.stringMatching(/not valid JSON/) }),
    );
    writeFileSync(join(root, 'tokenizer.json'), '{"model":{"type":"BPE","vocab":{"a":0},"merges":[["a","b"]]}}');
    expect(() => loadTokenizer(root)).toThrow(
      expect.objectContaining({
        code: 'bad-file',
        message: expect.stringMatching(/tokenizer\.json: model\.merges\[0\]/),
      }),
    );
    writeFileSync(join(root, 'tokenizer_config.json'), '[]');
    expect(() => loadTokenizer(root)).toThrow(/tokenizer_config\.json: expected an object/);
  });
});
