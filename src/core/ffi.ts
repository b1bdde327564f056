/**
 * `koffi` (calls into C libraries), set up in one place: its settings cannot change once any library is loaded, so every
 * user of koffi gets it here. Node only.
 */
import { createRequire } from 'node:module';

export type Koffi = typeof import('koffi');

/** Stack of calls on worker threads: koffi's 128 KiB end the process in graph optimizers and shader compilers. */
const ASYNC_STACK = 8 << 20;

let configured: Koffi | undefined;

/** koffi, configured. @throws when its native part cannot be loaded on this platform */
export function loadKoffi(): Koffi {
  if (configured) return configured;
  const koffi = createRequire(import.meta.url)('koffi') as Koffi;
  // Module registries may be several (tests) while koffi's settings are the process's.
  if (koffi.config().async_stack_size !== ASYNC_STACK) koffi.config({ async_stack_size: ASYNC_STACK });
  configured = koffi;
  return koffi;
}
