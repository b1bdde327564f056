/**
 * Question–answer pairs about documents, by any OpenAI-compatible model: a document becomes chat documents
 * `<id>#qa<n>` with `meta.messages`, `meta.question`, `meta.answer`, and `meta.evidence` (spans of the text as offsets in
 * UTF-16 code units). The model must quote the passage that each answer rests on; pairs whose quotation is not in the text
 * are dropped (`ungrounded`), and questions that resemble an earlier one of the document (ROUGE-L) too.
 * Origin: question generation with answer verification (Alberti et al. 2019, §3), in the instructed form of Bonito and
 * LongForm; ROUGE-L filter from self-instruct (Wang et al. 2022, §2.2). Cost: one request a chunk; one thread, requests in
 * parallel. With `endpoint.cache` a rerun asks nobody and gives the same bytes.
 */
import { z } from 'zod';
import { pairMessages } from '../../annotation/instructions.ts';
import { jsonIn } from '../../annotation/model-json.ts';
import { RougePool } from '../../annotation/rouge.ts';
import { countCharacters, type Document } from '../../document.ts';
import { ChatClient } from '../../openai-client/chat-client.ts';
import { endpointSchema } from '../../openai-client/endpoint.ts';
import { inOrder } from '../../openai-client/in-order.ts';
import { defineStep, type StepContext } from '../../step.ts';
import { eachLine } from '../../text/lines.ts';

const config = z.strictObject({
  endpoint: endpointSchema.describe('The model to ask'),
  language: z
    .enum(['en', 'zh', 'document'])
    .default('document')
    .describe('Language of questions and answers; `document`: that of the text'),
  pairs: z.int().min(1).max(50).default(3).describe('Pairs asked for from each chunk'),
  chunk_characters: z
    .int()
    .min(100)
    .default(4000)
    .describe('Longest chunk of a document that one request holds, in characters; cut at lines'),
  max_chunks: z.int().min(1).default(8).describe('Chunks used of one document, from its beginning'),
  with_context: z
    .boolean()
    .default(true)
    .describe('The user’s turn holds the chunk before the question; off: the question alone (closed book)'),
  require_evidence: z.boolean().default(true).describe('Drop pairs without a quotation that is in the text'),
  max_similarity: z
    .number()
    .gt(0)
    .max(1)
    .default(0.7)
    .describe('ROUGE-L F1 with an earlier question of the document from which on a question is dropped'),
  guidelines: z.string().default('').describe('Further wishes to the model, e.g. `Ask about numbers and dates.`'),
  keep_document: z.boolean().default(false).describe('The document itself goes on too, before its pairs'),
});
type Options = z.output<typeof config>;

export const qaPairs = defineStep({
  name: 'qa-pairs',
  kind: 'annotate',
  version: 1,
  config,
  describe: ({ endpoint, pairs, chunk_characters }) =>
    `${pairs} question–answer pairs from each ${chunk_characters} characters, by ${endpoint.model}`,
  async *run(documents, options, context) {
    const client = new ChatClient(options.endpoint, context);
    const ask = async (document: Document) => ({
      document,
      answers: await askAbout(document, options, client, context),
    });
    for await (const { document, answers } of inOrder(documents, options.endpoint.concurrency, ask)) {
      if (options.keep_document) yield document;
      let pairs = 0;
      for (const pair of pairsOf(document, answers, options, context)) {
        pairs++;
        yield pair;
      }
      if (pairs === 0 && !options.keep_document) context.drop(document, 'no-pairs', 'the model gave no usable pair');
    }
  },
});

interface Answered {
  readonly start: number;
  readonly end: number;
  readonly content: string;
}

async function askAbout(
  { text }: Document,
  options: Options,
  client: ChatClient,
  { signal }: StepContext,
): Promise<Answered[]> {
  const chunks = chunksOf(text, options.chunk_characters).slice(0, options.max_chunks);
  const system = promptOf(options);
  return Promise.all(
    chunks.map(async ([start, end]) => {
      const user = { role: 'user' as const, content: text.slice(start, end) };
      const { content } = await client.complete([{ role: 'system', content: system }, user], { signal });
      return { start, end, content };
    }),
  );
}

/** Stretches of whole lines; a line that is too long alone is cut. */
function chunksOf(text: string, limit: number): [number, number][] {
  const chunks: [number, number][] = [];
  let start = 0;
  let last = 0;
  const close = (end: number) => {
    if (text.slice(start, end).trim() !== '') chunks.push([start, end]);
    start = end;
  };
  eachLine(text, (_, end, next) => {
    if (end - start > limit && last > start) close(last);
    while (end - start > limit) {
      // Never between the halves of a surrogate pair.
      const cut = start + limit;
      close(/[\udc00-\udfff]/.test(text[cut]!) ? cut - 1 : cut);
    }
    last = next;
  });
  close(text.length);
  return chunks;
}

function promptOf({ language, pairs, guidelines }: Options): string {
  const shape = '[{"question": "…", "answer": "…", "evidence": "…"}]';
  if (language === 'zh') {
    return [
      `请根据用户给的文字写出${pairs}组问答，问题要具体、互不重复，不看原文也能看懂；答案只依据原文，写成完整的句子。`,
      'evidence 是支持答案的原文，逐字摘抄一句。',
      ...(guidelines === '' ? [] : [guidelines]),
      `只用JSON回答：${shape}`,
    ].join('\n');
  }
  const tongue = language === 'en' ? 'Write in English.' : 'Write in the language of the text.';
  return [
    `Write ${pairs} questions about the text that the user gives, each with its answer. Questions are specific, differ from each other, and are clear without the text; answers rest on the text alone and are whole sentences. ${tongue}`,
    'As evidence copy the sentence of the text that the answer rests on, character by character.',
    ...(guidelines === '' ? [] : [guidelines]),
    `Answer with JSON and nothing else: ${shape}`,
  ].join('\n');
}

const answerSchema = z.object({
  question: z.string().trim().min(1),
  answer: z.string().trim().min(1),
  evidence: z.union([z.string(), z.array(z.string())]).nullish(),
});

function* pairsOf(
  document: Document,
  answers: readonly Answered[],
  options: Options,
  context: StepContext,
): Generator<Document> {
  const pool = new RougePool();
  let number = 0;
  for (const { start, end, content } of answers) {
    const found = jsonIn(content);
    if (!Array.isArray(found)) {
      context.count('unreadable-answers');
      continue;
    }
    const chunk = document.text.slice(start, end);
    for (const one of found) {
      const parsed = answerSchema.safeParse(one);
      if (!parsed.success) {
        context.count('unreadable-pairs');
        continue;
      }
      const { question, answer } = parsed.data;
      const evidence = [parsed.data.evidence ?? []].flat().flatMap((quoted) => {
        const at = quoted.trim() === '' ? -1 : chunk.indexOf(quoted.trim());
        return at < 0 ? [] : [{ start: start + at, end: start + at + quoted.trim().length, text: quoted.trim() }];
      });
      const input = options.with_context ? chunk.trim() : '';
      const meta = { ...document.meta, question, answer, evidence, generated_by: options.endpoint.model };
      const pair: Document = {
        ...document,
        id: `${document.id}#qa${++number}`,
        meta: { ...meta, messages: pairMessages({ instruction: question, input, output: answer }) },
      };
      if (options.require_evidence && evidence.length === 0) {
        context.drop(pair, 'ungrounded', 'the quoted evidence is not in the text');
        continue;
      }
      const near = pool.closer(question, options.max_similarity);
      if (near !== undefined) {
        context.drop(pair, 'similar-question', `ROUGE-L ${near.f1.toFixed(2)} with an earlier question`);
        continue;
      }
      pool.add(question);
      context.count('pairs');
      context.count('answer-characters', countCharacters(answer));
      yield pair;
    }
  }
}
