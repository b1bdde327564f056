import { describe, expect, it } from 'vitest';
import { messagesOf } from '../../document.ts';
import { runStep } from '../../testing/run-step.ts';
import { quatrainWidth } from './quatrain-form.ts';

const five = '床前明月光，疑是地上霜。举头望明月，低头思故乡。';
const seven = '朝辞白帝彩云间，千里江陵一日还。两岸猿声啼不住，轻舟已过万重山。';

describe('quatrain-form', () => {
  it('names regular quatrains', async () => {
    const result = await runStep('quatrain-form', {}, [five, seven, 'To be, or not to be.']);
    expect(result.documents.map(({ meta }) => meta.form)).toEqual(['五言绝句', '七言绝句', undefined]);
    expect(result.ledger.counters).toEqual({ 五言绝句: 1, 七言绝句: 1 });
    const strict = await runStep('quatrain-form', { drop_irregular: true, script: 'traditional' }, [
      five,
      `${five}${five}`,
    ]);
    expect(strict.documents.map(({ meta }) => meta.form)).toEqual(['五言絕句']);
    expect(strict.ledger.dropped).toEqual({ 'irregular-form': 1 });
  });

  it.each([
    ['床前明月光\n疑是地上霜\n举头望明月\n低头思故乡', 5],
    ['床前𠮷月光，疑是地上霜。举头望明月？低头思故乡！', 5],
    ['床前明月光，疑是地上霜。举头望明月，低头思故。', undefined],
    ['床前明月a，疑是地上霜。举头望明月，低头思故乡。', undefined],
    ['一二三四，一二三四。一二三四，一二三四。', undefined],
    ['', undefined],
  ])('measures %j', (text, width) => expect(quatrainWidth(text)).toBe(width));
});

describe('to-messages', () => {
  const poem = { id: 'p1', text: five, meta: { title: '静夜思', form: '五言绝句', year: 726 } };
  const templates = [
    '以《{title}》为题写一首{form}',
    '请写一首{form}，题目是《{title}》。',
    'Write a poem titled “{title}” ({year}).',
  ];

  it('fills templates and keeps text and meta', async () => {
    const { documents } = await runStep('to-messages', { user: templates[0], system: '你是诗人。' }, [poem]);
    expect(documents[0]!.text).toBe(five);
    expect(documents[0]!.meta.title).toBe('静夜思');
    expect(messagesOf(documents[0]!)).toEqual([
      { role: 'system', content: '你是诗人。' },
      { role: 'user', content: '以《静夜思》为题写一首五言绝句' },
      { role: 'assistant', content: five },
    ]);
  });

  it('chooses by id and seed: the same each time, all of them used', async () => {
    const given = Array.from({ length: 60 }, (_, i) => ({ ...poem, id: `p${i}` }));
    const first = await runStep('to-messages', { user: templates }, given);
    expect((await runStep('to-messages', { user: templates }, given)).documents).toEqual(first.documents);
    const users = first.documents.map((document) => messagesOf(document)![0]!.content);
    expect(new Set(users).size).toBe(3);
    const other = await runStep('to-messages', { user: templates }, given, 8);
    expect(other.documents.map((document) => messagesOf(document)![0]!.content)).not.toEqual(users);
  });

  it('makes several from one, each from another template', async () => {
    const { documents, ledger } = await runStep('to-messages', { user: templates, copies: 3 }, [poem]);
    expect(documents.map(({ id }) => id)).toEqual(['p1#1', 'p1#2', 'p1#3']);
    expect(new Set(documents.map((document) => messagesOf(document)![0]!.content)).size).toBe(3);
    expect([ledger.in, ledger.out]).toEqual([1, 3]);
    await expect(runStep('to-messages', { user: 'x', copies: 2 }, [poem])).rejects.toThrow(/2 copies need as many/);
  });

  it('drops a document without a field, naming it', async () => {
    const result = await runStep('to-messages', { user: templates }, [{ id: 'q', text: five, meta: { form: '' } }]);
    expect(result.dropped[0]).toMatchObject({ id: 'q', reason: 'missing-field', detail: "it has no 'title'" });
  });
});
