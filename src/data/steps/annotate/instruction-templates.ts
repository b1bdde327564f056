/**
 * Instruction pairs from documents by templates, without a model: each template that a document can fill makes one chat
 * document (`meta.messages`, `meta.instruction`, `meta.input`, `meta.output`) with the id `<id>#t<n>`. `{name}` stands for
 * `text`, `id`, a field of meta, or a part of the text: `{first_sentence}`, `{rest}` (all after it), `{first_paragraph}`,
 * `{last_paragraph}`, `{beginning}` and `{ending}` (cut at a sentence near the middle), `{shuffled_sentences}`.
 * Origin: prompt templates over plain text as in FLAN (Wei et al. 2021, §2.1) and reading comprehension texts made from
 * raw corpora (Cheng et al. 2023, AdaptLLM, §3). Beside it: `to-messages` keeps one document one document; `qa-pairs`
 * asks a model.
 */
import { z } from 'zod';
import { pairMessages } from '../../annotation/instructions.ts';
import { type Document, fieldOf } from '../../document.ts';
import { hashOrder } from '../../hash-order.ts';
import { defineStep } from '../../step.ts';
import { splitParagraphs } from '../../text/lines.ts';
import { eachSentence } from '../../text/sentences.ts';

const template = z.strictObject({
  instruction: z.string().min(1).describe('What is asked, e.g. `Give this text a title.` or `续写下面的文字。`'),
  input: z.string().default('').describe('What it is asked about, e.g. `{text}`'),
  output: z.string().min(1).describe('The answer, e.g. `{title}` or `{ending}`'),
});

const config = z.strictObject({
  templates: z.array(template).min(1).describe('Templates; those whose fields a document lacks are passed over'),
  per_document: z
    .int()
    .min(1)
    .optional()
    .describe('At most so many pairs of one document, chosen by its id and the seed; default: all'),
  min_output: z
    .int()
    .min(1)
    .default(1)
    .describe('Shortest answer, in characters; templates that give less are passed over'),
  max_input: z
    .int()
    .min(1)
    .default(20_000)
    .describe('Longest input, in characters; templates that give more are passed over'),
  system: z.string().optional().describe('System message before each pair'),
});

export const instructionTemplates = defineStep({
  name: 'instruction-templates',
  kind: 'annotate',
  version: 1,
  config,
  describe: ({ templates, per_document }) =>
    `Instruction pairs from ${templates.length} templates${per_document === undefined ? '' : `, at most ${per_document} a document`}`,
  each: (options, context) => (document) => {
    const parts = partsOf(document, context.seed);
    const filled = options.templates.flatMap((one, i) => {
      const pair = {
        instruction: fill(one.instruction, document, parts),
        input: fill(one.input, document, parts),
        output: fill(one.output, document, parts),
      };
      const { instruction, input, output } = pair;
      if (instruction === undefined || input === undefined || output === undefined) return [];
      if (output.length < options.min_output || input.length > options.max_input) return [];
      return [{ number: i + 1, instruction, input, output }];
    });
    const order = hashOrder(filled.length, context.seed, `instruction-templates\0${document.id}`);
    const chosen = order.slice(0, options.per_document ?? filled.length).sort((a, b) => a - b);
    if (chosen.length === 0) {
      context.drop(document, 'no-template-fits', 'it lacks fields that the templates need, or its parts are too short');
      return undefined;
    }
    context.count('pairs', chosen.length);
    return chosen.map((index): Document => {
      const { number, ...pair } = filled[index]!;
      const meta = { ...document.meta, ...pair, messages: pairMessages(pair, options.system) };
      return { ...document, id: `${document.id}#t${number}`, meta };
    });
  },
});

const PLACEHOLDER = /\{([\p{L}_][\p{L}\p{N}_]*)\}/gu;

/** undefined where a field is missing or empty. */
function fill(text: string, document: Document, parts: (name: string) => string | undefined): string | undefined {
  let missing = false;
  const result = text.replace(PLACEHOLDER, (_, name: string) => {
    const value = parts(name) ?? fieldOf(document, name);
    if ((typeof value === 'string' && value.trim() !== '') || typeof value === 'number') return String(value);
    missing = true;
    return '';
  });
  return missing ? undefined : result;
}

/** Parts of the text by name, made when they are first asked for. */
function partsOf({ text, id }: Document, seed: number): (name: string) => string | undefined {
  let spans: [number, number][] | undefined;
  const sentences = () => {
    if (spans === undefined) {
      const found: [number, number][] = [];
      eachSentence(text, (start, end) => found.push([start, end]));
      spans = found;
    }
    return spans;
  };
  /** Where the sentence that holds the middle of the text ends; the text has at least two sentences. */
  const middle = () => sentences().find(([, end]) => end >= text.length / 2)?.[1] ?? text.length;
  return (name) => {
    const all = () => sentences();
    switch (name) {
      case 'first_sentence':
        return all().length > 0 ? text.slice(...all()[0]!) : undefined;
      case 'rest':
        return all().length > 1 ? text.slice(all()[0]![1]).trim() : undefined;
      case 'first_paragraph':
        return splitParagraphs(text)[0];
      case 'last_paragraph':
        return splitParagraphs(text).at(-1);
      case 'beginning':
        return all().length > 1 ? text.slice(0, middle()).trim() : undefined;
      case 'ending':
        return all().length > 1 ? text.slice(middle()).trim() : undefined;
      case 'shuffled_sentences': {
        const order = hashOrder(all().length, seed, `shuffled\0${id}`);
        return all().length > 2 ? order.map((i) => text.slice(...all()[i]!)).join('\n') : undefined;
      }
      default:
        return undefined;
    }
  };
}
