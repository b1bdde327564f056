/** Every operator function. `Ops` is their namespace, handed to gradient rules. */
export * from '../composites/global-norm.ts';
export * from './attention.ts';
export * from './core.ts';
export * from './math.ts';
export * from './movement.ts';
export * from './nn.ts';
export * from './ordering.ts';
export * from './random.ts';
export * from './reduce.ts';

export type Ops = typeof import('./index.ts');
