/** What self-instruct says to the model, in English and Chinese. The wording is ours; the parts are the paper's. */
import type { Message } from '../document.ts';

export const promptLanguages = ['en', 'zh'] as const;
export type PromptLanguage = (typeof promptLanguages)[number];

export interface ShownTask {
  readonly instruction: string;
  readonly isClassification?: boolean | undefined;
  readonly instances: readonly { readonly input: string; readonly output: string }[];
}

interface Wording {
  readonly tasks: (n: number) => string;
  readonly classification: string;
  readonly yes: RegExp;
  readonly answers: readonly [string, string];
  readonly inputFirst: (n: number) => string;
  readonly outputFirst: (n: number) => string;
  readonly task: string;
  readonly blocked: readonly string[];
}

const JSON_SHAPE = '[{"input": "…", "output": "…"}]';

const wordings: Readonly<Record<PromptLanguage, Wording>> = {
  en: {
    tasks: (n) =>
      `Come up with ${n} new tasks that differ from the ones shown and from each other in subject, verb and form. ` +
      'A language model must be able to do each with text alone. One task a line, numbered, nothing else.',
    classification:
      'Say whether a task is a classification task, that is, whether its answer is one of a small, fixed set of labels. Answer Yes or No.',
    yes: /^\W*(yes|true)\b/i,
    answers: ['Yes', 'No'],
    inputFirst: (n) =>
      `Give up to ${n} different examples of the task: an input and the correct output. Where the task needs no input give one example with an empty input. ` +
      `Answer with JSON and nothing else: ${JSON_SHAPE}`,
    outputFirst: (n) =>
      `The task is a classification. First choose up to ${n} different labels, then write an input for each, so that all labels occur. ` +
      `Answer with JSON and nothing else, the label as output: ${JSON_SHAPE}`,
    task: 'Task',
    blocked:
      'image images graph graphs picture pictures photo photos file files map maps draw plot video videos audio music flowchart diagram'.split(
        ' ',
      ),
  },
  zh: {
    tasks: (n) =>
      `请想出${n}个新任务，主题、动词和形式都要与所给任务不同，彼此之间也不同。任务必须只靠文字就能由语言模型完成。每行一个，带编号，不写别的。`,
    classification: '请判断一个任务是不是分类任务，即答案是否来自少数几个固定的标签。只答“是”或“否”。',
    yes: /^[^\p{L}\p{N}]*(?:是(?!否)|对)/u,
    answers: ['是', '否'],
    inputFirst: (n) =>
      `请为任务给出至多${n}个不同的例子：输入和正确的输出。不需要输入的任务给一个例子，输入留空。只用JSON回答：${JSON_SHAPE}`,
    outputFirst: (n) =>
      `这是分类任务。先选出至多${n}个不同的标签，再为每个标签写一个输入，使各标签都出现。只用JSON回答，标签写在output里：${JSON_SHAPE}`,
    task: '任务',
    blocked: '图片 图像 图表 照片 画一 绘制 视频 音频 音乐 文件 地图 流程图 示意图'.split(' '),
  },
};

/** Words of tasks that text alone cannot do (Wang et al. 2022, §2.2). */
export const blockedWords = (language: PromptLanguage): readonly string[] => wordings[language].blocked;

/** Step 1: new instructions after examples. */
export function tasksPrompt(language: PromptLanguage, examples: readonly string[], n: number): Message[] {
  const { tasks } = wordings[language];
  const list = examples.map((one, i) => `${i + 1}. ${one.replace(/\s+/g, ' ').trim()}`).join('\n');
  return [
    { role: 'system', content: tasks(n) },
    { role: 'user', content: list },
  ];
}

/** Step 2: classification or not, after examples where the seeds say which they are. */
export function classificationPrompt(
  language: PromptLanguage,
  instruction: string,
  examples: readonly ShownTask[],
): Message[] {
  const { classification, answers } = wordings[language];
  return [
    { role: 'system', content: classification },
    ...examples.flatMap((one): Message[] => [
      { role: 'user', content: one.instruction },
      { role: 'assistant', content: answers[one.isClassification ? 0 : 1] },
    ]),
    { role: 'user', content: instruction },
  ];
}

export const saysYes = (language: PromptLanguage, answer: string): boolean =>
  wordings[language].yes.test(answer.trim());

/** Step 3: instances, input first, or for classification the label first. */
export function instancesPrompt(
  language: PromptLanguage,
  instruction: string,
  isClassification: boolean,
  examples: readonly ShownTask[],
  n: number,
): Message[] {
  const { inputFirst, outputFirst, task } = wordings[language];
  return [
    { role: 'system', content: isClassification ? outputFirst(n) : inputFirst(n) },
    ...examples.flatMap((one): Message[] => [
      { role: 'user', content: `${task}: ${one.instruction}` },
      {
        role: 'assistant',
        content: JSON.stringify(one.instances.slice(0, n).map(({ input, output }) => ({ input, output }))),
      },
    ]),
    { role: 'user', content: `${task}: ${instruction}` },
  ];
}
