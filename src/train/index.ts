/** Training: settings, optimizers, schedules, objectives, and the step on any backend. The loop and its files: node.ts. */
export * from './batch.ts';
export * from './config.ts';
export * from './objective.ts';
export { objectives } from './objectives/registry.gen.ts';
export type { AdamwConfig } from './optim/adamw.ts';
export { optimizers } from './optim/registry.gen.ts';
export * from './optimizer.ts';
export * from './schedule.ts';
export { schedules } from './schedules/registry.gen.ts';
export * from './step.ts';
export * from './stepper.ts';
export * from './validation.ts';
