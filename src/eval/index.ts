/** Evaluation: tasks on a model, and log-likelihood scoring. */
export * from './document-scorer.ts';
export * from './evaluate.ts';
export * from './model-under-test.ts';
export * from './scorer.ts';
