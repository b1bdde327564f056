/** The trainable linear classifier: features, training, files, metrics. */

export { type FeatureSettings, featureSettings } from './features.ts';
export { type ClassifierFile, decodeClassifier, encodeClassifier, loadClassifier, saveClassifier } from './file.ts';
export { jsonRecords, labelledExamples, textLines, textOf } from './json-records.ts';
export { type LabelMetrics, type Metrics, measure, rocAuc } from './metrics.ts';
export { best, type Classifier, createClassifier } from './model.ts';
export {
  type Example,
  type Trained,
  type TrainProgress,
  type TrainSettings,
  trainClassifier,
  trainSettings,
} from './train.ts';
