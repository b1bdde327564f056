/** `athanor data train-classifier`: a linear text classifier from labelled JSONL. */
import { resolve } from 'node:path';
import {
  best,
  createClassifier,
  describeFiles,
  findFiles,
  labelledExamples,
  loadClassifier,
  type Metrics,
  measure,
  saveClassifier,
  trainClassifier,
  trainSettings,
} from '../../data/datasets.ts';
import { defineCommand } from '../command.ts';
import { settingsOf } from '../settings-option.ts';
import { table } from '../width.ts';

export const dataTrainClassifier = defineCommand({
  name: 'data-train-classifier',
  options: [
    { flags: '--input <file>', describe: 'option.classifier.input', kind: 'list', required: true },
    { flags: '--out <file>', describe: 'option.out', required: true },
    { flags: '--text-field <name>', describe: 'option.text-field', default: 'text' },
    { flags: '--label-field <name>', describe: 'option.classifier.label-field', default: 'label' },
    { flags: '--test <file>', describe: 'option.classifier.test', kind: 'list', default: [] },
    { flags: '--licence <text>', describe: 'option.classifier.licence' },
    { flags: '--set <key=value>', describe: 'option.trainer.set', kind: 'list', default: [] },
  ],
  async run({ globals, progress, print, t, signal }, _args, options) {
    const settings = settingsOf(trainSettings, options.set as string[], { seed: globals.seed });
    const fields = { text: options['text-field'] as string, label: options['label-field'] as string };
    const files = findFiles(options.input as string[], process.cwd());
    const test = options.test as string[];
    const testFiles = test.length > 0 ? findFiles(test, process.cwd()) : [];
    const inputs = describeFiles(files);
    const trained = await trainClassifier(labelledExamples(files, fields), settings, {
      signal,
      progress: ({ epoch, epochs }) =>
        progress.report({ type: 'progress', stage: 'classifier', done: epoch, total: epochs, unit: 'epochs' }),
    });
    const model = createClassifier(trained.weights);
    let metrics = trained.metrics;
    // Measured before anything is written: a bad test file leaves no model behind.
    if (testFiles.length > 0) {
      const pairs: [number, number][] = [];
      for await (const { text, label } of labelledExamples(testFiles, fields, model.labels))
        pairs.push([model.labels.indexOf(label), best(model.predict(text))]);
      metrics = measure(model.labels, pairs);
    }
    const out = resolve(options.out as string);
    saveClassifier(out, trained, { settings, inputs, licence: options.licence as string | undefined });
    const { sha256, thresholds } = loadClassifier(out);
    progress.close();
    if (metrics) for (const line of describe(metrics)) print(line);
    print(t('classifier.saved', { n: model.labels.length, file: options.out as string }));
    const { examples, heldOut, epoch } = trained;
    return {
      model: options.out,
      sha256,
      labels: model.labels,
      examples,
      held_out: heldOut,
      epoch,
      thresholds,
      metrics,
    };
  },
});

function describe({ labels, accuracy, macro_f1, examples }: Metrics): string[] {
  const rows = Object.entries(labels).map(([label, m]) => [label, m.precision, m.recall, m.f1, m.examples].map(short));
  return [
    ...table([['', 'precision', 'recall', 'F1', 'n'], ...rows]),
    `accuracy ${short(accuracy)}, macro-F1 ${short(macro_f1)} (${examples})`,
  ];
}

const short = (value: string | number): string =>
  typeof value === 'string' || Number.isInteger(value) ? String(value) : value.toFixed(4);
