/** Test helpers for operators; not part of the public API. `testing/ort-node.ts` has the runner for Node. */
export * from './testing/check-prim.ts';
