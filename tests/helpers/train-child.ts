/** Child process: trains the small case on the device named by the first argument and prints the losses as JSON. */
import { openBackend } from '../../src/runtime/node.ts';
import { regression, trainLosses } from './training-case.ts';

const backend = await openBackend({ device: process.argv[2] as 'cpu' | 'webgpu' | 'cuda', threads: 2 });
const losses = await trainLosses(backend, regression);
backend.dispose();
console.log(JSON.stringify({ device: backend.device, losses }));
