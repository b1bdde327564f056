// Makes the model that the step `toxicity` ships: `src/data/classifier/toxicity.bin`.
//   npm run build && node scripts/toxicity-model.mjs [--data ../shared/data]
// Trains on COLD's training part and four fifths of Davidson et al.'s tweets; the rest is what bench/toxicity.mjs measures.
import { parseArgs } from 'node:util';
import { toxicityData } from '../bench/toxicity-data.mjs';
import { hashValue } from '../dist/core/node.js';
import { saveClassifier } from '../dist/data/classifier/file.js';
import { trainClassifier, trainSettings } from '../dist/data/classifier/train.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    out: { type: 'string', default: 'src/data/classifier/toxicity.bin' },
  },
});
const { zh, en } = toxicityData(values.data);
const examples = [...zh.train, ...en.train].map(({ text, label }) => ({ text, label }));
const settings = trainSettings.parse({ rate: 1, max_features: 60_000 });
const trained = await trainClassifier(examples, settings);
saveClassifier(values.out, trained, {
  settings,
  inputs: [
    {
      path: 'cold-zh/train_8k.csv.gz, hate-speech-en/labeled_data_10k.csv.gz',
      examples: examples.length,
      sha256: hashValue(examples),
    },
  ],
  licence: 'Apache-2.0 (COLD, thu-coai), MIT (Davidson et al. 2017)',
});
console.log(`${values.out}: macro-F1 ${trained.metrics.macro_f1} on the held-out part`);
