/**
 * The graph language: symbolic tensors, operators, gradients, and compilation to ONNX. Browser-safe; knows nothing of
 * models or of how a graph is run.
 */
export { grad } from './autodiff.ts';
export { checkpoint } from './checkpoint.ts';
export {
  addDims,
  canonicalDim,
  canonicalShape,
  divideDims,
  formatShape,
  multiplyDims,
  resolveDim,
  shapeSize,
  shapesEqual,
  subtractDims,
} from './dims.ts';
export { evaluate, evaluateTensors, type Feeds } from './evaluate.ts';
export { currentScope, type GraphNode, isTensor, type Tensor, withScope } from './ir.ts';
export { onnxDataType, onnxElementSize } from './onnx/encode.ts';
export { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './onnx/half.ts';
export { type OnnxProgram, type StateInfo, toOnnx, type ValueInfo } from './onnx/to-onnx.ts';
export * from './ops/index.ts';
export type { Target } from './prim.ts';
export { prims } from './prims/registry.gen.ts';
export { type NdArray, ndarray } from './reference/ndarray.ts';
export { type GraphSpec, specTensors } from './spec.ts';
export {
  type Dim,
  type DType,
  type Initializer,
  isFloat,
  isInteger,
  type Shape,
  type TensorType,
  type TypedArray,
} from './types.ts';
