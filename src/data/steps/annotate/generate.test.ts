import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Rng } from '../../../core/index.ts';
import { annotateWithModel } from '../../annotation/model-annotate.ts';
import { parseProject } from '../../annotation/project.ts';
import { numberedLines, readInstances } from '../../annotation/self-instruct.ts';
import { saysYes } from '../../annotation/self-instruct-prompts.ts';
import { messagesOf } from '../../document.ts';
import { ChatClient } from '../../openai-client/chat-client.ts';
import { endpointSchema } from '../../openai-client/endpoint.ts';
import { type ChatReply, type ChatRequest, type ChatServer, startChatServer } from '../../testing/chat-server.ts';
import { runStep } from '../../testing/run-step.ts';

let directory: string;
let server: ChatServer | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-annotate-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(directory, { recursive: true, force: true });
});
const start = async (reply: (request: ChatRequest, n: number) => string | ChatReply) => {
  server = await startChatServer(reply);
  return { base_url: server.baseUrl, model: 'local', cache: join(directory, 'answers.jsonl') };
};

describe('pre-annotate', () => {
  const poem = '王维《鹿柴》：空山不见人，但闻人语响。作于公元755年。';
  const dictionaries = [{ label: 'PER', words: ['王维', '王'] }];
  const rules = [
    { pattern: '《([^《》]+)》', label: 'WORK', group: 1 },
    { pattern: '\\d{3,4}年', label: 'DATE' },
  ];

  it('marks by rules and dictionaries', async () => {
    const { documents, ledger } = await runStep('pre-annotate', { rules, dictionaries }, [poem, '无']);
    expect(documents[0]!.meta.entities).toEqual([
      { id: 'e1', start: 0, end: 2, label: 'PER', text: '王维', source: 'dictionary' },
      { id: 'e2', start: 3, end: 5, label: 'WORK', text: '鹿柴', source: 'rule:1' },
      { id: 'e3', start: 23, end: 27, label: 'DATE', text: '755年', source: 'rule:2' },
    ]);
    expect(documents[1]!.meta.entities).toBeUndefined();
    expect(ledger.counters).toEqual({ entities: 3, annotated: 1 });
  });

  it('reads word files, keeps own entities, drops what has none', async () => {
    const path = join(directory, 'words.txt');
    writeFileSync(path, '# places\nLondon\tcity\nParis # city\n\nNew York\n');
    const own = [{ id: 'e1', start: 0, end: 8, label: 'ORG' }];
    const { documents, ledger } = await runStep(
      'pre-annotate',
      { dictionaries: [{ label: 'LOC', path }], drop_without: true },
      [{ text: 'New York Times in London and Paris', meta: { entities: own } }, 'Berlin'],
    );
    expect(
      (documents[0]!.meta.entities as { id: string; start: number; label: string }[]).map(({ id, start, label }) => [
        id,
        start,
        label,
      ]),
    ).toEqual([
      ['e1', 0, 'ORG'],
      ['e2', 18, 'LOC'],
      ['e3', 29, 'LOC'],
    ]);
    expect(ledger.dropped).toEqual({ 'no-entities': 1 });
  });

  it('checks labels by the project', async () => {
    const project = join(directory, 'p.yaml');
    writeFileSync(project, 'name: p\nlabels: [{ name: PER }, { name: WORK }]\n');
    await expect(runStep('pre-annotate', { rules, dictionaries, project }, [poem])).rejects.toThrow(/no label 'DATE'/);
    await expect(
      runStep('pre-annotate', { dictionaries: [{ label: 'X', path: join(directory, 'none') }] }, [poem]),
    ).rejects.toThrow(/none/);
  });
});

describe('instruction-templates', () => {
  const article = {
    id: 'a',
    text: 'Tea came to Europe late. It was costly.\n\nIn 1700 it was everywhere.',
    meta: { title: 'Tea' },
  };
  const templates = [
    { instruction: 'Give this text a title.', input: '{text}', output: '{title}' },
    { instruction: '续写。', input: '{beginning}', output: '{ending}' },
    { instruction: 'Who is {author}?', output: '{author}' },
    { instruction: 'Put in order.', input: '{shuffled_sentences}', output: '{text}' },
    { instruction: 'Complete: {first_sentence}', output: '{rest}' },
    { instruction: 'Summarise {last_paragraph}', output: '{first_paragraph}' },
  ];

  it('fills what a document has', async () => {
    const { documents } = await runStep('instruction-templates', { templates }, [article]);
    expect(documents.map(({ id }) => id)).toEqual(['a#t1', 'a#t2', 'a#t4', 'a#t5', 'a#t6']);
    expect(messagesOf(documents[0]!)).toEqual([
      { role: 'user', content: `Give this text a title.\n\n${article.text}` },
      { role: 'assistant', content: 'Tea' },
    ]);
    expect(documents[1]!.meta).toMatchObject({
      input: 'Tea came to Europe late. It was costly.',
      output: 'In 1700 it was everywhere.',
    });
    expect((documents[2]!.meta.input as string).split('\n').sort()).toEqual([
      'In 1700 it was everywhere.',
      'It was costly.',
      'Tea came to Europe late.',
    ]);
    expect(documents[3]!.meta.instruction).toBe('Complete: Tea came to Europe late.');
  });

  it('bounds the pairs, by seed; Chinese sentences; drops what nothing fits', async () => {
    const many = Array.from({ length: 40 }, (_, i) => ({ ...article, id: `a${i}` }));
    const first = await runStep('instruction-templates', { templates, per_document: 1 }, many);
    expect(first.documents).toHaveLength(40);
    expect(new Set(first.documents.map(({ id }) => id.slice(-2))).size).toBe(5);
    expect((await runStep('instruction-templates', { templates, per_document: 1 }, many)).documents).toEqual(
      first.documents,
    );
    const zh = await runStep('instruction-templates', { templates: templates.slice(1, 2) }, [
      '春眠不觉晓。处处闻啼鸟。夜来风雨声。花落知多少。',
      '一句。',
    ]);
    expect(zh.documents[0]!.meta.output).toBe('夜来风雨声。花落知多少。');
    expect(zh.ledger.dropped).toEqual({ 'no-template-fits': 1 });
  });
});

describe('qa-pairs', () => {
  const zh = '长江全长约6300公里，是亚洲第一长河。它发源于唐古拉山。';
  const reply = ({ messages }: ChatRequest) => {
    const text = messages[1]!.content;
    if (text.includes('fails')) return 'I cannot do that.';
    return `Sure:\n\`\`\`json\n${JSON.stringify([
      { question: '长江有多长？', answer: '约6300公里。', evidence: '长江全长约6300公里，是亚洲第一长河。' },
      { question: '长江有多长呢？', answer: '6300公里。', evidence: '长江全长约6300公里' },
      { question: '长江流入哪里？', answer: '东海。', evidence: '长江流入东海。' },
      { question: '长江发源于哪里？', answer: '唐古拉山。', evidence: ['它发源于唐古拉山。'] },
      { question: 'broken' },
    ])}\n\`\`\``;
  };

  it('keeps grounded pairs that differ, with offsets of the evidence', async () => {
    const endpoint = await start(reply);
    const given = [
      { id: 'river', text: `序。\n${zh}`, meta: { licence: 'CC0' } },
      { id: 'bad', text: 'this fails' },
    ];
    const { documents, dropped, ledger } = await runStep('qa-pairs', { endpoint, language: 'zh' }, given);
    expect(documents.map(({ id }) => id)).toEqual(['river#qa1', 'river#qa4']);
    const { meta, text } = documents[1]!;
    const [evidence] = meta.evidence as { start: number; end: number; text: string }[];
    expect(text.slice(evidence!.start, evidence!.end)).toBe('它发源于唐古拉山。');
    expect(meta).toMatchObject({
      licence: 'CC0',
      question: '长江发源于哪里？',
      answer: '唐古拉山。',
      generated_by: 'local',
    });
    expect(messagesOf(documents[1]!)![0]!.content).toBe(`长江发源于哪里？\n\n序。\n${zh}`);
    expect(dropped.map(({ id, reason }) => [id, reason])).toEqual([
      ['river#qa2', 'similar-question'],
      ['river#qa3', 'ungrounded'],
      ['bad', 'no-pairs'],
    ]);
    expect(ledger.counters).toMatchObject({ pairs: 2, 'unreadable-answers': 1, 'unreadable-pairs': 1 });
  });

  it('cuts long documents at lines, asks again nothing on a rerun', async () => {
    const endpoint = await start(() => '[]');
    const lines = Array.from({ length: 6 }, (_, i) => `${String(i).repeat(99)}\n`);
    const text = lines.join('') + '😀'.repeat(151);
    const config = { endpoint, chunk_characters: 210, max_chunks: 10, keep_document: true, with_context: false };
    const first = await runStep('qa-pairs', config, [{ id: 'long', text }]);
    const chunks = server!.requests.map(({ messages }) => messages[1]!.content);
    expect(chunks.toSorted((a, b) => text.indexOf(a) - text.indexOf(b)).map(({ length }) => length)).toEqual([
      200, 200, 200, 210, 92,
    ]);
    expect(chunks.every((chunk) => !/[\ud800-\udbff]$|^[\udc00-\udfff]/.test(chunk))).toBe(true);
    await server!.close();
    const offline = { ...config, endpoint: { ...endpoint, offline: true } };
    expect((await runStep('qa-pairs', offline, [{ id: 'long', text }])).documents).toEqual(first.documents);
    await expect(runStep('qa-pairs', offline, ['new'])).rejects.toThrow(/not in the cache/);
  });
});

describe('self-instruct', () => {
  const golden = new URL('../../annotation/golden/seed-tasks.jsonl', import.meta.url);
  const seeds = readFileSync(golden, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { id, instruction, ...meta } = JSON.parse(line) as { id: string; instruction: string };
      return { id, text: instruction, meta };
    });
  /** A "model" that makes some good tasks and every kind of bad one. */
  let turn = 0;
  const reply = ({ messages, seed }: ChatRequest): string => {
    const [system, last] = [messages[0]!.content, messages.at(-1)!.content];
    if (system.startsWith('Come up')) {
      turn++;
      const rng = new Rng(seed as number);
      const words = () => Array.from({ length: 7 }, () => `w${rng.int(500)}`).join(' ');
      return [
        `1. Explain ${words()}.`,
        `2. Sort the following ${words()}.`,
        '3. Draw a picture of a cat on a mat.',
        '4. Write a program that adds two numbers.',
        '5. Too short',
        `6. ${seeds[0]!.text}`,
        `7. Translate ${words()} into old`,
        '   Norse verse.',
        '8. ... and then something else entirely happens here',
      ].join('\n');
    }
    if (system.startsWith('Say whether')) return /Sort the following/.test(last) ? 'Yes.' : 'No';
    if (/Norse/.test(last)) return '[{"input":"same","output":"same"}]';
    return system.startsWith('The task is a classification')
      ? '[{"input":"Great!","output":"positive"},{"input":"Bad.","output":"negative"},{"input":"Bad.","output":"neutral"}]'
      : '[{"input":"","output":"They could sow more land."}]';
  };
  const options = { target: 9, prompts_per_round: 2, max_rounds: 8, instances: 3 };

  it('makes tasks, filters as the paper does, and repeats itself from the cache', async () => {
    const endpoint = await start(reply);
    const first = await runStep('self-instruct', { endpoint, ...options }, seeds);
    const made = first.documents.slice(seeds.length);
    expect(first.documents.slice(0, seeds.length).map(({ id }) => id)).toEqual(seeds.map(({ id }) => id));
    expect(first.ledger.counters.tasks).toBe(9);
    expect(made.every(({ id }, i) => id === `self-instruct#${i + 1}`)).toBe(true);
    expect(messagesOf(made[0]!)).toEqual([
      { role: 'user', content: made[0]!.meta.instruction },
      { role: 'assistant', content: 'They could sow more land.' },
    ]);
    const sorting = made.find(({ meta }) => meta.is_classification === true)!;
    expect([sorting.meta.input, sorting.meta.output]).toEqual(['Great!', 'positive']);
    expect(Object.keys(first.ledger.dropped).sort()).toEqual([
      'blocked-word',
      'no-instance',
      'program',
      'punctuation-first',
      'similar',
      'too-short',
    ]);
    const shown = server!.requests.find(({ messages }) => messages[0]!.content.startsWith('Come up'))!.messages[1]!
      .content;
    expect(shown.split('\n')).toHaveLength(8);
    await server!.close();
    const again = await runStep('self-instruct', { endpoint: { ...endpoint, offline: true }, ...options }, seeds);
    expect(again.documents).toEqual(first.documents);
    expect(turn).toBeGreaterThan(1);
  });

  it('goes on after being stopped: only what is missing is asked', async () => {
    const endpoint = await start((request, n) => (n > 9 ? { status: 400 } : reply(request)));
    await expect(runStep('self-instruct', { endpoint, ...options }, seeds)).rejects.toThrow(/HTTP 400/);
    await server!.close();
    const resumed = { ...endpoint, base_url: (await start(reply)).base_url };
    const rest = await runStep('self-instruct', { endpoint: resumed, ...options }, seeds);
    const asked = server!.requests.length;
    await server!.close();
    const whole = await runStep(
      'self-instruct',
      { endpoint: { ...(await start(reply)), cache: join(directory, 'other.jsonl') }, ...options },
      seeds,
    );
    expect(rest.documents).toEqual(whole.documents);
    expect(asked).toBeLessThan(server!.requests.length);
  });

  it('works in Chinese, and needs seeds', async () => {
    const endpoint = await start(({ messages, seed }) => {
      const system = messages[0]!.content;
      if (system.startsWith('请想出'))
        return `1. 请用第${seed}种说法解释什么是光合作用。\n2、画一张图片。\n任务3：把这段文言文译成白话`;
      if (system.startsWith('请判断')) return '否';
      return '[{"input":"","output":"植物用光做养料。"}]';
    });
    const given = [
      { text: '写一首关于春天的诗。', meta: { output: '春眠不觉晓' } },
      { text: '把下面的句子翻译成英文。', meta: { input: '你好', output: 'Hello' } },
    ];
    const { documents, ledger } = await runStep(
      'self-instruct',
      { endpoint, language: 'zh', target: 2, max_rounds: 1, keep_seeds: false },
      given,
    );
    expect(documents).toHaveLength(2);
    expect(documents[0]!.meta.instruction).toMatch(/^请用第\d+种说法/);
    expect(ledger.dropped['blocked-word']).toBeGreaterThan(0);
    await expect(runStep('self-instruct', { endpoint }, [])).rejects.toThrow(/no seed task/);
  });

  it('reads what models write', () => {
    for (const no of ['不是', '否，这不是分类任务。', '否。因为它是开放的', '“否”', '是否', 'No'])
      expect(saysYes('zh', no), no).toBe(false);
    for (const yes of ['是', '“是”', '是的，是分类任务', ' 对。']) expect(saysYes('zh', yes), yes).toBe(true);
    expect([saysYes('en', '**Yes**'), saysYes('en', 'No, yes')]).toEqual([true, false]);
    expect(numberedLines('Here you go:\n1) A\n B\n2. C\nTask 10: D\n任务4：E\n')).toEqual(['A B', 'C', 'D', 'E']);
    expect(readInstances('{"input": null, "output": 42}')).toEqual([{ input: '', output: '42' }]);
    expect(readInstances('nothing')).toEqual([]);
  });
});

describe('pre-annotation by a model', () => {
  const project = parseProject(
    'name: p\nguidelines: Names only.\nlabels: [{ name: PER, description: People, examples: [Li Bai] }]\n',
    'p.yaml',
  );
  it('looks up quotations, leaves out what the text does not hold', async () => {
    const endpoint = endpointSchema.parse(
      await start(
        () =>
          '[{"text":"Ann","label":"PER"},{"text":"Ann","label":"PER"},{"text":"Ann","label":"PER"},{"text":"Bob","label":"PER"},{"text":"Ann","label":"ORG"}]',
      ),
    );
    const client = new ChatClient(endpoint, { baseDir: directory });
    const { entities, leftOut, readable } = await annotateWithModel(client, project, 'Ann saw Ann.');
    expect(entities.map(({ start, end }) => [start, end])).toEqual([
      [0, 3],
      [8, 11],
    ]);
    expect([leftOut, readable]).toEqual([3, true]);
    expect(server!.requests[0]!.messages[0]!.content).toContain('- PER: People (e.g. Li Bai)');
  });
});
