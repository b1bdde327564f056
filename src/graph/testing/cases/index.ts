/** All cases; a test fails when a registered prim is in none of them. */
import type { PrimCase } from '../check-prim.ts';
import { elementwiseCases } from './elementwise.ts';
import { extendedCases } from './extended.ts';
import { movementCases } from './movement.ts';
import { nnCases } from './nn.ts';

export const primCases: readonly PrimCase[] = [...elementwiseCases, ...movementCases, ...nnCases, ...extendedCases];
