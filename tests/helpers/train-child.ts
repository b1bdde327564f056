/** Child process: trains the tiny model named by the second argument on the device named by the first; prints the losses as JSON. */
import { openBackend } from '../../src/runtime/node.ts';
import { trainingCases, trainLosses } from './training-case.ts';

const backend = await openBackend({ device: process.argv[2] as 'cpu' | 'webgpu' | 'cuda', threads: 2 });
const losses = await trainLosses(backend, trainingCases[process.argv[3] as keyof typeof trainingCases]);
backend.dispose();
console.log(JSON.stringify({ device: backend.device, losses }));
