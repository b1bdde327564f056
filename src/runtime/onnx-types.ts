/** `TensorProto.DataType` numbers of the graph's element types, as the ONNX format and ONNX Runtime's APIs count them. */
import type { DType } from './types.ts';

export const onnxType = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const satisfies Record<DType, number>;
