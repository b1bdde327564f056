/** Models that ship with Athanor, and models by path: loaded once in a thread. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AthanorError } from '../../core/index.ts';
import { type ClassifierFile, loadClassifier } from './file.ts';

const open = new Map<string, ClassifierFile>();

/** @throws AthanorError('not-found' | 'bad-file') */
export function modelAt(path: string, baseDir: string): ClassifierFile {
  const absolute = resolve(baseDir, path);
  const known = open.get(absolute);
  if (known !== undefined) return known;
  const file = loadClassifier(absolute);
  open.set(absolute, file);
  return file;
}

/** English and Chinese posts, `toxic` or `not-toxic` (toxicity.SOURCE.txt). */
export const shippedToxicity = (): ClassifierFile =>
  modelAt(fileURLToPath(new URL('./toxicity.bin', import.meta.url)), '/');

export interface LabelScore {
  readonly threshold: number;
  /** Probability of the label, 0 to 1. */
  score(text: string): number;
}

/** One label of a model as a score. @throws AthanorError('bad-input') where the model has no such label */
export function labelScore(
  file: ClassifierFile,
  label: string,
  threshold: number | undefined,
  place: string,
): LabelScore {
  const { model, thresholds } = file;
  const number = model.labels.indexOf(label);
  if (number < 0)
    throw new AthanorError('bad-input', `the model has no label '${label}'`, {
      place,
      hint: `Its labels: ${model.labels.join(', ')}.`,
      values: { label, labels: model.labels },
    });
  return { threshold: threshold ?? thresholds[label] ?? 0.5, score: (text) => model.predict(text)[number]! };
}
