/** What is asked of a graph: named outputs, and new values for named states. */
import type { Tensor } from './ir.ts';

export interface GraphSpec {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** State name → its next value. */
  readonly updates?: Readonly<Record<string, Tensor>>;
}

/** Every tensor that a spec asks for. */
export function specTensors(spec: GraphSpec): Tensor[] {
  return [...Object.values(spec.outputs), ...Object.values(spec.updates ?? {})];
}
