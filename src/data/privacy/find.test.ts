import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { creditCodeCheck, ibanValid, isDate, luhnValid, residentIdCheck } from './checksums.ts';
import { type PiiSpan, type PiiType, piiTypes } from './detector.ts';
import { findPii, withoutOverlaps } from './find.ts';
import { viewOf } from './text-view.ts';

/** What is found, as `type:value`. */
const found = (text: string, options = {}): string[] =>
  findPii(text, options).map(({ type, start, end }) => `${type}:${text.slice(start, end)}`);
const only = (type: PiiType, text: string): string[] =>
  findPii(text, { types: [type] }).map(({ start, end }) => text.slice(start, end));

// Put together here, so that no line of this file looks like somebody's key.
const key = (beginning: string, rest: string): string => beginning + rest;

describe('check digits', () => {
  it('agree with published examples', () => {
    // GB 11643-1999, annex; ISO 13616; ISO/IEC 7812; the code of a well-known public company.
    expect(residentIdCheck('11010519491231002')).toBe('X');
    expect(residentIdCheck('44052418800101001')).toBe('4');
    expect(ibanValid('GB29NWBK60161331926819')).toBe(true);
    expect(ibanValid('GB28NWBK60161331926819')).toBe(false);
    expect(luhnValid('4539578763621486')).toBe(true);
    expect(luhnValid('4539578763621487')).toBe(false);
    expect(creditCodeCheck('91350100M000100Y4')).toBe('3');
    expect([isDate(2000, 2, 29), isDate(1900, 2, 29), isDate(2023, 13, 1), isDate(2023, 4, 31)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('detectors', () => {
  it('email: whole addresses, next to Han text too, also spelled out', () => {
    expect(only('email', '邮箱zhang.san@qq.example，或li_4@a-b.example.cn。')).toEqual([
      'zhang.san@qq.example',
      'li_4@a-b.example.cn',
    ]);
    expect(
      only('email', 'joe [at] example [dot] com, jo at mail dot example dot org, 小明（艾特）example.com'),
    ).toEqual(['joe [at] example [dot] com', 'jo at mail dot example dot org']);
    expect(found('joe [at] example [dot] com', { obfuscatedEmail: false })).toEqual([]);
    expect(only('email', 'git@github.com:a/b icon@2x.png @types/node@20.1.5 x = a@b.T user@host')).toEqual([]);
  });

  it('phone: national and international forms, no dates, orders or parts of numbers', () => {
    const numbers = [
      '13812345678',
      '138-1234-5678',
      '+86 138 1234 5678',
      '010-62345678',
      '（010）62345678',
      '(212) 555-0143',
    ];
    numbers.push('1-212-555-0143 x12', '+44 20 7946 0958', '+49 (0)30 23125 123', '400-820-8820', '0044 20 7946 0958');
    for (const number of numbers) expect(only('phone', `请联系${number}，谢谢 ok`), number).toEqual([number]);
    expect(only('phone', 'Tel: 5550143; call 2125550143 now')).toEqual(['5550143', '2125550143']);
    const others = [
      '订单号13812345678',
      '2024-01-15 12:30',
      '3.13812345678',
      '1713812345678',
      'id=13812345678',
      '$212-555-0143',
    ];
    for (const other of others) expect(only('phone', other), other).toEqual([]);
  });

  it('ids: checksum, date and region', () => {
    expect(only('cn-id', '身份证11010519491231002X号，11010519491231002x')).toEqual([
      '11010519491231002X',
      '11010519491231002x',
    ]);
    // Wrong check character, no such month, no such province.
    for (const wrong of ['110105194912310021', '110105194913310026', '190105194912310020'])
      expect(only('cn-id', wrong)).toEqual([]);
    expect(only('cn-id', '身份证：110105491231002，订单110105491231002')).toEqual([
      '110105491231002',
      '110105491231002',
    ]);
    expect(only('cn-id', '订单110105491231002')).toEqual([]);
    const foreign = `91184019900101001${residentIdCheck('91184019900101001')}`;
    expect(only('cn-id', `永居证${foreign}`)).toEqual([foreign]);
    expect(only('cn-id', `永居证${foreign.replace('911', '990')}`)).toEqual([]);
    expect(only('us-ssn', 'SSN 123-45-6789, not 000-12-3456, 666-12-3456, 12-345-6789')).toEqual(['123-45-6789']);
    expect(only('passport', 'passport E12345678; part E12345678901')).toEqual(['E12345678']);
    expect(only('passport', '型号E12345678')).toEqual([]);
    expect(only('cn-credit-code', '代码91350100M000100Y43。')).toEqual(['91350100M000100Y43']);
    expect(only('cn-plate', '京A·12345和沪AD12345，粤B1234')).toEqual(['京A·12345', '沪AD12345']);
  });

  it('accounts: cards by issuer and Luhn, IBANs by country and check', () => {
    expect(only('bank-card', '4111 1111 1111 1111, 378282246310005, 6222021234567890127')).toEqual([
      '4111 1111 1111 1111',
      '378282246310005',
    ]);
    expect(only('bank-card', '订单4111111111111111')).toEqual([]);
    expect(only('bank-card', '0.4111111111111111 4111111111111112')).toEqual([]);
    expect(only('iban', 'GB29 NWBK 6016 1331 9268 19 and DE89370400440532013000')).toEqual([
      'GB29 NWBK 6016 1331 9268 19',
      'DE89370400440532013000',
    ]);
  });

  it('network: addresses, no versions, masks, times or fingerprints', () => {
    const addresses = ['203.0.113.9', '10.0.0.7', '2001:db8::8a2e:370:7334', 'fe80::1'];
    expect(only('ip', `from ${addresses[0]}:80, ${addresses[1]}, ${addresses[2]} and ${addresses[3]}: ok`)).toEqual(
      addresses,
    );
    expect(found('10.0.0.7 192.168.1.1 fe80::1', { ipScope: 'public' })).toEqual([]);
    expect(only('ip', 'v10.2.3.4 version 10.0.19.1 1.2.3.4 127.0.0.1 255.255.255.0 1.2.3.4.5 12:30:45 a::b')).toEqual(
      [],
    );
    expect(only('mac', '00:1A:2b:3C:4d:5E 00-1a-2b-3c-4d-5e 001a.2b3c.4d5e ff:ff:ff:ff:ff:ff')).toHaveLength(3);
    expect(only('mac', 'AA:BB:CC:DD:EE:FF:00:11')).toEqual([]);
  });

  it('secrets: known forms, assigned values, private keys; no placeholders, calls or hashes', () => {
    const github = key('ghp_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8');
    const aws = key('AKIA', 'IOSFODNN7EXAMPLE');
    expect(only('secret', `use ${github} and (${aws})`)).toEqual([github, aws]);
    expect(only('secret', 'password = "hunter2!" pwd: Tr0ub4dor&3; 密码：abc123')).toEqual([
      'hunter2!',
      'Tr0ub4dor&3',
      'abc123',
    ]);
    expect(only('secret', 'api_key="9f86d081884c7d659a2feaa0c55ad015" token: 5kQ9vXz7RtWp3LmN8sYb')).toHaveLength(2);
    const pem = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----';
    expect(only('secret', `x ${pem} y`)).toEqual([pem]);
    const others = [
      'password = os.environ["PW"]',
      'password: <PW>',
      'password: $PW',
      'password: changeme',
      'max_tokens: 4096',
      'token = get_token()',
    ];
    others.push(
      'sha1 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b',
      '请输入密码：至少8位',
      'secret: simmer for 45 minutes',
    );
    for (const other of others) expect(only('secret', other), other).toEqual([]);
    expect(only('url-credentials', 'https://bob:s3cr3t!@example.org/x and ftp://user:password@host')).toEqual([
      'bob:s3cr3t!',
    ]);
  });

  it('addresses and names, by what stands around them', () => {
    expect(only('address', '地址：北京市海淀区中关村大街27号3单元501室，12号线，第5号令')).toEqual([
      '北京市海淀区中关村大街27号3单元501室',
    ]);
    expect(only('address', 'at 1600 Oak Street, Apt 4, Austin, TX 78701. In 1850 12 streets')).toEqual([
      '1600 Oak Street, Apt 4, Austin, TX 78701',
    ]);
    expect(only('person-name', '联系人：张伟，电话；My name is Ann Lee and Dr. Brown left. Dear Sir')).toEqual([
      '张伟',
      'Ann Lee',
      'Brown',
    ]);
    expect(only('handle', 'thanks @ann_lee @Override\n@app.route(1) a@b')).toEqual(['@ann_lee']);
    expect(only('im-account', 'QQ：123456789 微信号 abc_123，http://t.example/vxKCG4yGXF')).toEqual([
      '123456789',
      'abc_123',
    ]);
  });
});

describe('folding', () => {
  it('sees digits and signs in other clothes, and gives back the original offsets', () => {
    const clothes = [
      '１３８１２３４５６７８',
      '138\u200b1234\u200b5678',
      '138\u20111234\u20115678',
      '1️⃣3️⃣8️⃣12345678',
      '𝟏𝟑𝟖12345678',
      '١٣٨12345678',
    ];
    for (const one of clothes) expect(only('phone', `电话\u200b${one}\u200b。`), one).toEqual([one]);
    expect(only('email', '邮箱ａｂｃ＠ｅｘａｍｐｌｅ．ｃｏｍ。')).toEqual(['ａｂｃ＠ｅｘａｍｐｌｅ．ｃｏｍ']);
  });

  it('maps every offset of any text back to itself', () => {
    const part = fc.constantFrom(
      'a',
      '1',
      '\u200b',
      '１',
      '𝟣',
      '\ud835',
      '😀',
      '-',
      '\u2014',
      ' ',
      '\u3000',
      '中',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const source = parts.join('');
        const { text, original } = viewOf(source);
        for (let i = 0; i < text.length; i++) {
          const [start, end] = original(i, i + 1);
          const there = source.slice(start, end);
          expect(viewOf(there).text).toBe(text[i]!);
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});

describe('findPii', () => {
  const types = fc.constantFrom(...piiTypes);
  const span = fc
    .tuple(types, fc.nat(40), fc.integer({ min: 1, max: 12 }))
    .map(([type, start, n]): PiiSpan => ({ type, start, end: start + n }));

  it('settles overlaps: nothing found is lost, nothing overlaps, and order does not matter', () => {
    expect(
      withoutOverlaps([
        { type: 'ip', start: 0, end: 9 },
        { type: 'phone', start: 5, end: 20 },
      ]),
    ).toEqual([
      { type: 'ip', start: 0, end: 5 },
      { type: 'phone', start: 5, end: 20 },
    ]);
    const covered = (spans: readonly PiiSpan[]) =>
      new Set(spans.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i)));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 12 }), (spans) => {
        const settled = withoutOverlaps(spans);
        expect(covered(settled)).toEqual(covered(spans));
        for (let i = 1; i < settled.length; i++) expect(settled[i]!.start).toBeGreaterThanOrEqual(settled[i - 1]!.end);
        expect(withoutOverlaps([...spans].reverse())).toEqual(settled);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('finds the same in a long text as in its parts', () => {
    const line = `Order 12 of ${'word '.repeat(30)} a.b@example.com 13812345678 北京市海淀区学府路5号。\n`;
    const text = line.repeat(4000);
    const spans = findPii(text);
    expect(spans).toHaveLength(3 * 4000);
    expect(new Set(spans.map(({ start, end }) => text.slice(start, end))).size).toBe(3);
  });

  it.each([
    'a',
    '1234567890',
    '1 ',
    '138 1234 ',
    '4111 ',
    '@',
    'a@',
    'a@a.',
    'a.',
    ':',
    '1::',
    'password=',
    'a://b:',
    '-',
    '-----BEGIN PRIVATE KEY-----',
    ' ',
    ' dot ',
    'a[at]',
    '路1号',
    '省市区路',
    '1\u200b',
    '微信',
    'eyJ',
    '\u0301',
    '1 Oak ',
    'Mr. A',
    '王先生',
  ])('takes time linear in hostile text: %j', (piece) => {
    const text = piece.repeat(Math.ceil(250_000 / piece.length));
    const start = process.cpuUsage();
    findPii(text);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(1.5);
  });
});
