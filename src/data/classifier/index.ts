/** The trainable linear classifier: features, training, files, metrics. */

export type { Example } from './examples.ts';
export { type FeatureSettings, featureSettings } from './features.ts';
export { type ClassifierFile, decodeClassifier, encodeClassifier, loadClassifier, saveClassifier } from './file.ts';
export { jsonRecords, labelledExamples, textLines, textOf } from './json-records.ts';
export { type LabelMetrics, type Metrics, measure, rocAuc } from './metrics.ts';
export { best, type Classifier, createClassifier } from './model.ts';
export { type TrainSettings, trainSettings } from './settings.ts';
export { type Trained, type TrainProgress, trainClassifier } from './train.ts';
