/** Child process (needs --expose-gc): compile, run, dispose, again and again; prints the memory in use as JSON. */
import { Program } from '../../src/runtime/index.ts';
import { openBackend } from '../../src/runtime/node.ts';
import { regression } from './training-case.ts';

const cycles = Number(process.argv[2]);
const backend = await openBackend({ device: 'cpu', threads: 2 });
const rss: number[] = [];
const measure = (): void => {
  (globalThis as { gc?: () => void }).gc!();
  rss.push(Math.round(process.memoryUsage().rss / 1e5) / 10);
};
for (let cycle = 0; cycle < cycles; cycle++) {
  if (cycle % Math.floor(cycles / 10) === 0) measure();
  const program = await Program.compile(regression.build, { backend });
  program.initialize({ seed: cycle });
  await program.run(regression.feeds(cycle));
  await program.run(regression.feeds(cycle));
  program.dispose();
}
measure();
backend.dispose();
console.log(JSON.stringify({ rss }));
