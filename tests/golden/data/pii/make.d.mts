/** Types of make.mjs, for the test of the labelled set. */
import type { Line } from './score.mjs';
export function makeSet(): Line[];
export function toLine(line: Line): string;
