/** Core: errors, schema parsing, randomness, progress events. Runs everywhere; Node-only parts are in `node.ts`. */
export * from './errors.ts';
export * from './events.ts';
export * from './rng.ts';
export * from './schema.ts';
