/** Types of score.mjs, for the test of the labelled set. */
export type Finding = readonly [start: number, end: number, type: string];
export interface Line {
  readonly id: string;
  readonly split: 'dev' | 'test';
  readonly lang: 'en' | 'zh';
  readonly kind: 'positive' | 'negative' | 'real';
  readonly text: string;
  readonly spans: readonly Finding[];
}
export interface Row {
  readonly type: string;
  readonly found: number;
  readonly missed: number;
  readonly wrong: number;
  readonly characters: number;
  readonly leaked: number;
  readonly recall: number;
  readonly precision: number;
  readonly f1: number;
}
export function readSet(path?: URL): Line[];
export function score(
  lines: readonly Line[],
  findings: readonly (readonly Finding[])[],
  types: readonly string[],
): { rows: Row[]; errors: { id: string; miss?: string; wrong?: string; value: string; text: string }[] };
export function total(rows: readonly Row[], type?: string): Row;
