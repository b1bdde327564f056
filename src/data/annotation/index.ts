/** Annotation: schema, project file, formats, storage, agreement, adjudication, pre-annotation, ROUGE. */
export * from './adjudicate.ts';
export * from './agreement.ts';
export * from './conll.ts';
export * from './exchange.ts';
export * from './groups.ts';
export * from './instructions.ts';
export * from './jsonl.ts';
export * from './label-studio.ts';
export * from './model-annotate.ts';
export * from './offsets.ts';
export * from './pre-annotate.ts';
export * from './project.ts';
export * from './rouge.ts';
export * from './schema.ts';
export * from './store.ts';
