import { defineConfig } from 'vitest/config';

/** Suites by what they need. `npm test` runs `unit*`; the others have scripts of their own. */
export default defineConfig({
  test: {
    // By default one core is left to vitest itself: on two cores, half of them.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'tests/arch/**/*.test.ts', 'tests/golden/**/*.test.ts'],
          exclude: ['src/graph/**'],
          testTimeout: 30_000,
          // Files share loaded modules, which is most of the time: a test leaves no setting of the process behind.
          isolate: false,
        },
      },
      {
        // Their referee is the npm package onnxruntime-node: a process has one environment of ONNX Runtime, and that
        // package's is not the one that src/runtime makes.
        test: { name: 'unit-graph', include: ['src/graph/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'interop',
          include: ['tests/interop/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 1_200_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
