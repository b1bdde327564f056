/** Running compiled graphs: programs over named state, and the safetensors format. Runs everywhere; devices come from `node.ts` or `web.ts`. */
export {
  arrayOver,
  asFloat32,
  bytesOf,
  fromFloat32Array,
  holds,
  hostTensor,
  itemSize,
  newArray,
  type StoredArray,
  type StoredDType,
  sizeOf,
  toFloat32Array,
} from './dtypes.ts';
export type { Feed } from './feeds.ts';
export { initialValue, nameHash } from './initialize.ts';
export * from './program.ts';
export type * from './types.ts';
export * from './weights/safetensors.ts';
