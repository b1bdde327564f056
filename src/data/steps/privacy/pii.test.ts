import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { AthanorError } from '../../../core/index.ts';
import { buildDataset } from '../../build.ts';
import { openDataset } from '../../open.ts';
import { runStep, textsOf } from '../../testing/run-step.ts';
import { Workspace } from '../../workspace.ts';

const ID = '11010519491231002X';
const CARD = '4111111111111111';
const english = 'Write to ann.lee@example.org or call (212) 555-0143; card 4111 1111 1111 1111, host 203.0.113.9.';
const chinese = `张三的身份证号是${ID}，手机13812345678，银行卡${CARD}，住北京市海淀区中关村大街27号3单元501室。`;

describe('pii', () => {
  it('masks what it finds, in both languages, and counts by type', async () => {
    const result = await runStep('pii', {}, [english, chinese, 'Nothing here, in 1987.', '床前明月光，疑是地上霜。']);
    expect(textsOf(result)).toEqual([
      'Write to <EMAIL> or call <PHONE>; card <BANK_CARD>, host <IP>.',
      '张三的身份证号是<CN_ID>，手机<PHONE>，银行卡<BANK_CARD>，住<ADDRESS>。',
      'Nothing here, in 1987.',
      '床前明月光，疑是地上霜。',
    ]);
    expect(result.ledger.counters).toEqual({
      documents: 2,
      'pii:email': 1,
      'pii:phone': 2,
      'pii:bank-card': 2,
      'pii:ip': 1,
      'pii:cn-id': 1,
      'pii:address': 1,
    });
  });

  it('does to each type what the config says', async () => {
    const config = { types: { email: 'remove', phone: 'keep', bank_card: 'off', ip: 'hash' }, mask: '[{type}]' };
    const [text] = textsOf(await runStep('pii', config, [english]));
    expect(text).toMatch(/^Write to or call \(212\) 555-0143; card 4111 1111 1111 1111, host <IP_[0-9a-f]{12}>\.$/);
    const [masked] = textsOf(await runStep('pii', { mask: '[{type}]' }, [english]));
    expect(masked).toBe('Write to [email] or call [phone]; card [bank-card], host [ip].');
    expect(textsOf(await runStep('pii', { action: 'off', types: { ip: 'mask' } }, [english]))[0]).toContain('<IP>');
  });

  it('shows nothing of what it redacted where documents are dropped', async () => {
    const given = [
      {
        id: 'mail/ann.lee@example.org/1',
        text: `${english} ${chinese} Again: ${ID}.`,
        meta: { author: 'ann.lee@example.org', note: { phones: ['13812345678', 13812345678] }, password: 'tiger!2024' },
      },
      'clean',
    ];
    const result = await runStep('pii', { types: { cn_id: 'drop', email: 'drop', phone: 'keep' } }, given);
    expect(textsOf(result)).toEqual(['clean']);
    expect(result.dropped).toHaveLength(1);
    expect(result.dropped[0]!.reason).toBe('contains-email');
    expect(result.dropped[0]!.detail).toBe('3 email, 2 cn-id');
    const all = JSON.stringify([result.dropped, result.ledger]);
    for (const value of [ID, CARD, '4111 1111', 'ann.lee', '555-0143', '13812345678', '203.0.113.9', '中关村', 'tiger'])
      expect(all).not.toContain(value);
    expect(result.ledger.samples[0]!.text).toContain('<EMAIL>');
  });

  it('drops only from the number of findings that the config names', async () => {
    const given = ['a@example.com', 'a@example.com b@example.com'];
    const result = await runStep('pii', { types: { email: 'drop' }, drop_from: 2 }, given);
    expect(textsOf(result)).toEqual(['<EMAIL>']);
    expect(result.ledger.dropped).toEqual({ 'contains-email': 1 });
  });

  it('looks at the text, the id and every string in meta, unless told which fields', async () => {
    const given = {
      id: 'ann@example.org',
      text: 'From ann@example.org',
      meta: {
        title: 'Re: ann@example.org',
        messages: [{ role: 'user', content: '我的手机号是13812345678' }],
        passport: 'E12345678',
        'bob@example.org': { n: 1 },
        card: Number(CARD),
        year: 1987,
      },
    };
    const [document] = (await runStep('pii', {}, [given])).documents;
    const tag = expect.stringMatching(/^<EMAIL_[0-9a-f]{12}>$/);
    expect(document).toEqual({
      id: tag,
      text: 'From <EMAIL>',
      meta: {
        title: 'Re: <EMAIL>',
        messages: [{ role: 'user', content: '我的手机号是<PHONE>' }],
        passport: '<PASSPORT>',
        '<EMAIL>': { n: 1 },
        card: '<BANK_CARD>',
        year: 1987,
      },
    });
    const [some] = (await runStep('pii', { fields: ['text', 'title'] }, [given])).documents;
    expect(some).toEqual({ ...given, text: 'From <EMAIL>', meta: { ...given.meta, title: 'Re: <EMAIL>' } });
  });

  it('finds a value again where nothing gives it away', async () => {
    const text = 'Passport no. E12345678 was lost. If you see E12345678 (not E123456789), tell us.';
    expect(textsOf(await runStep('pii', {}, [text]))).toEqual([
      'Passport no. <PASSPORT> was lost. If you see <PASSPORT> (not E123456789), tell us.',
    ]);
  });

  it('gives the same value the same pseudonym, under one key', async () => {
    const given = ['ann@example.org, 138-1234-5678', 'ANN@example.org, +86 13812345678', 'bob@example.org'];
    const once = textsOf(await runStep('pii', { action: 'pseudonym' }, given));
    expect(textsOf(await runStep('pii', { action: 'pseudonym' }, given))).toEqual(once);
    const [first, second, third] = once.map((text) => text.split(', '));
    expect(first![0]).toMatch(/^user[a-z0-9]{8}@example\.com$/);
    expect(second![0]).toBe(first![0]);
    expect(third![0]).not.toBe(first![0]);
    expect(first![1]).toMatch(/^12\d-\d{4}-\d{4}$/);
    expect(second![1]).toBe(`+86 ${first![1]!.replaceAll('-', '')}`);
    expect(textsOf(await runStep('pii', { action: 'pseudonym' }, given, 8))).not.toEqual(once);
  });

  it('takes the key from the environment, and says so when it is not there', async () => {
    process.env.PII_TEST_KEY = 'long and random';
    const config = { action: 'hash', key_env: 'PII_TEST_KEY' };
    const once = textsOf(await runStep('pii', config, ['ann@example.org'], 1));
    expect(textsOf(await runStep('pii', config, ['ann@example.org'], 2))).toEqual(once);
    process.env.PII_TEST_KEY = 'another';
    expect(textsOf(await runStep('pii', config, ['ann@example.org'], 1))).not.toEqual(once);
    delete process.env.PII_TEST_KEY;
    const error = await runStep('pii', config, ['x']).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AthanorError);
    expect((error as AthanorError).message).toContain('PII_TEST_KEY');
  });

  it('another key is another version; the key is nowhere; without it nothing is read', async () => {
    const root = mkdtempSync(join(tmpdir(), 'athanor-pii-'));
    const text = 'Write to ann@example.org. 我的手机号是13812345678。';
    writeFileSync(join(root, 'in.jsonl'), `${JSON.stringify({ id: 'a', text })}\n`);
    const stage = {
      name: 'mail',
      sources: [{ type: 'jsonl' as const, path: 'in.jsonl' }],
      // Nothing is replaced: the bytes are equal, the keys are not.
      steps: [{ use: 'pii' as const, action: 'keep' as const, key_env: 'PII_KEY' }],
    };
    const workspace = new Workspace(join(root, 'workspace'));
    const build = (one = stage) => buildDataset(one, { workspace, baseDir: root, seed: 1, threads: 0 });
    try {
      vi.stubEnv('PII_KEY', undefined);
      const elsewhere = { ...stage, sources: [{ type: 'jsonl' as const, path: 'missing.jsonl' }] };
      await expect(build(elsewhere)).rejects.toMatchObject({ code: 'bad-input', place: 'pii.key_env' });
      expect(existsSync(workspace.dataset('mail'))).toBe(false);
      const versions: string[] = [];
      for (const key of ['correct horse battery', 'another key', 'correct horse battery']) {
        vi.stubEnv('PII_KEY', key);
        versions.push((await build()).version);
        const { manifest } = openDataset(workspace, 'mail');
        expect(Object.keys(manifest.rules[0]!.secrets!)).toEqual(['PII_KEY']);
        expect(manifest.rules[0]!.secrets!.PII_KEY).toMatch(/^[0-9a-f]{16}$/);
        expect(readFileSync(join(workspace.dataset('mail'), versions.at(-1)!, 'manifest.json'), 'utf8')).not.toContain(
          key,
        );
      }
      expect(versions[1]).not.toBe(versions[0]);
      expect(versions[2]).toBe(versions[0]);
    } finally {
      vi.unstubAllEnvs();
      rmSync(root, { recursive: true, force: true });
    }
  });

  it('masks the rest of a finding that overlaps a longer one, and never lets a kept type shield it', async () => {
    const url = 'postgres://app:s3cret-pass@203.0.113.9:5432/db';
    const [text] = textsOf(await runStep('pii', { types: { url_credentials: 'mask', ip: 'keep' } }, [url]));
    expect(text).toBe('postgres://<URL_CREDENTIALS>@203.0.113.9:5432/db');
    const [kept] = textsOf(
      await runStep('pii', { types: { email: 'keep', handle: 'mask' } }, ['by @ann and a@example.com']),
    );
    expect(kept).toBe('by <HANDLE> and a@example.com');
    const [number] = textsOf(
      await runStep('pii', { types: { email: 'keep' } }, ['电话13812345678，邮箱13812345678@example.com。']),
    );
    expect(number).toBe('电话<PHONE>，邮箱<PHONE>@example.com。');
  });

  it('changes nothing the second time', async () => {
    const once = textsOf(await runStep('pii', { types: { person_name: 'mask', handle: 'mask' } }, [english, chinese]));
    const twice = await runStep('pii', { types: { person_name: 'mask', handle: 'mask' } }, once);
    expect(textsOf(twice)).toEqual(once);
    expect(twice.ledger.counters).toEqual({});
  });

  it('never throws, whatever the document', async () => {
    let deep: unknown = 'a@example.com';
    for (let i = 0; i < 5000; i++) deep = [deep];
    const given = [
      { text: '\ud800 13812345678 \udc00\0', meta: { deep, none: null, on: true } },
      { text: '𝟣𝟥𝟪𝟣𝟤𝟥𝟦𝟧𝟨𝟩𝟪', meta: {} },
    ];
    const result = await runStep('pii', {}, given);
    expect(textsOf(result)).toEqual(['\ud800 <PHONE> \udc00\0', '<PHONE>']);
    expect(JSON.stringify(result.documents[0]!.meta)).not.toContain('example');
  });
});
