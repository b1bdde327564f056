/** Looking at dataset versions: statistics, drift, differences, the HTML report. */
export * from './diff.ts';
export { type Drift, type DriftLimits, defaultLimits, measureDrift } from './drift.ts';
export { type Histogram, quantile } from './histogram.ts';
export { type ReportInput, reportHtml } from './report.ts';
export { datasetStatistics, type Statistics } from './statistics.ts';
