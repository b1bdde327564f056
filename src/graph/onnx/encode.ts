/**
 * Writes an ONNX `ModelProto` from plain data (protobuf wire format, fields as in onnx.proto3, IR version 10).
 * Messages are built as a tree whose lengths are known at once, then written once into one buffer: the bytes of a big
 * initializer are copied exactly one time. Knows nothing of prims or tensors; whatever it is given it writes.
 */
import { AthanorError, invariant } from '../../core/index.ts';
import type { DType } from '../types.ts';

export type OnnxDType = DType | 'uint16' | 'int16';

/** `TensorProto.DataType` numbers. */
export const onnxDataType = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const satisfies Record<OnnxDType, number>;

/** Bytes of one element. */
export const onnxElementSize = {
  float32: 4,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  float64: 8,
  uint32: 4,
  uint64: 8,
  bfloat16: 2,
} as const satisfies Record<OnnxDType, number>;

/** A constant tensor; `data` are its little-endian bytes, row-major, booleans one byte each. */
export interface OnnxTensor {
  readonly dtype: OnnxDType;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/**
 * A plain number is an int attribute, an array of numbers is ints: floats must be said to be floats, because an operator
 * refuses an attribute of the wrong kind.
 */
export type OnnxAttribute =
  | number
  | bigint
  | string
  | readonly (number | bigint)[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: OnnxTensor };

export interface OnnxNode {
  readonly opType: string;
  /** '' (the default) is ai.onnx; 'com.microsoft' for contrib kernels. */
  readonly domain?: string;
  readonly name?: string;
  /** '' stands for an absent optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute | undefined>>;
}

export interface OnnxInitializer extends OnnxTensor {
  readonly name: string;
}

/** A graph input or output; a string dim is a `dim_param`. Without `shape` the rank is unknown. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: OnnxDType;
  readonly shape?: readonly (number | string)[];
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers?: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  /** Domain → version, e.g. { '': 18, 'com.microsoft': 1 }. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly irVersion?: number;
  readonly producer?: string;
  readonly graphName?: string;
}

/** Protobuf's own limit on one message. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * The bytes of the model.
 * @throws AthanorError('unsupported') when the model would be larger than 2 GiB (large values belong in states, which are fed)
 * @throws AthanorError('internal') when an initializer's bytes do not fit its shape or an int attribute is not an integer
 */
export function encodeModel(model: OnnxModel): Uint8Array {
  const message = new Message();
  message.int(1, model.irVersion ?? 10);
  message.string(2, model.producer ?? 'athanor');
  message.message(7, graphMessage(model));
  for (const [domain, version] of Object.entries(model.opsets)) {
    const opset = new Message();
    opset.string(1, domain);
    opset.int(2, version);
    message.message(8, opset);
  }
  if (message.length > MAX_BYTES)
    throw new AthanorError(
      'unsupported',
      `the graph's constants make a model of ${message.length} bytes; ONNX allows 2 GiB`,
      {
        hint: 'Hold large values as parameters or states: they are fed at run time and are not part of the model.',
        values: { bytes: message.length, limit: MAX_BYTES },
      },
    );
  const bytes = new Uint8Array(message.length);
  const written = message.writeTo(bytes, 0);
  invariant(written === bytes.length, `model encoder wrote ${written} of ${bytes.length} bytes`);
  return bytes;
}

function graphMessage(model: OnnxModel): Message {
  const graph = new Message();
  for (const node of model.nodes) graph.message(1, nodeMessage(node));
  graph.string(2, model.graphName ?? 'athanor');
  for (const initializer of model.initializers ?? []) graph.message(5, tensorMessage(initializer, initializer.name));
  for (const value of model.inputs) graph.message(11, valueInfoMessage(value));
  for (const value of model.outputs) graph.message(12, valueInfoMessage(value));
  return graph;
}

function nodeMessage(node: OnnxNode): Message {
  const message = new Message();
  for (const name of node.inputs) message.string(1, name);
  for (const name of node.outputs) message.string(2, name);
  if (node.name) message.string(3, node.name);
  message.string(4, node.opType);
  for (const [name, value] of Object.entries(node.attributes ?? {}))
    if (value !== undefined) message.message(5, attributeMessage(name, value, node.opType));
  if (node.domain) message.string(7, node.domain);
  return message;
}

/** `AttributeProto.AttributeType` numbers. */
const ATTRIBUTE = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

function attributeMessage(name: string, value: OnnxAttribute, opType: string): Message {
  const message = new Message();
  message.string(1, name);
  if (typeof value === 'number' || typeof value === 'bigint') {
    message.int(3, integer(value, `${opType}.${name}`));
    message.int(20, ATTRIBUTE.int);
  } else if (typeof value === 'string') {
    message.string(4, value);
    message.int(20, ATTRIBUTE.string);
  } else if (isInts(value)) {
    for (const item of value) message.int(8, integer(item, `${opType}.${name}`));
    message.int(20, ATTRIBUTE.ints);
  } else if ('float' in value) {
    message.float(2, value.float);
    message.int(20, ATTRIBUTE.float);
  } else if ('floats' in value) {
    for (const item of value.floats) message.float(7, item);
    message.int(20, ATTRIBUTE.floats);
  } else if ('strings' in value) {
    for (const item of value.strings) message.string(9, item);
    message.int(20, ATTRIBUTE.strings);
  } else {
    message.message(5, tensorMessage(value.tensor, ''));
    message.int(20, ATTRIBUTE.tensor);
  }
  return message;
}

function isInts(value: OnnxAttribute): value is readonly (number | bigint)[] {
  return Array.isArray(value);
}

function integer(value: number | bigint, place: string): number | bigint {
  invariant(
    typeof value === 'bigint' || Number.isSafeInteger(value),
    `attribute ${place} is ${value}, not an integer (write { float: … } for a float)`,
  );
  return value;
}

function tensorMessage(tensor: OnnxTensor, name: string): Message {
  const size = tensor.shape.reduce((product, dim) => product * dim, 1);
  const expected = size * onnxElementSize[tensor.dtype];
  invariant(
    tensor.data.byteLength === expected,
    `constant '${name}' ${tensor.dtype} [${tensor.shape.join(', ')}] has ${tensor.data.byteLength} bytes, not ${expected}`,
  );
  const message = new Message();
  for (const dim of tensor.shape) message.int(1, dim);
  message.int(2, onnxDataType[tensor.dtype]);
  if (name) message.string(8, name);
  message.bytes(9, new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength));
  return message;
}

function valueInfoMessage(value: OnnxValueInfo): Message {
  const tensorType = new Message();
  tensorType.int(1, onnxDataType[value.dtype]);
  if (value.shape) {
    const shape = new Message();
    for (const dim of value.shape) {
      const dimension = new Message();
      if (typeof dim === 'number') dimension.int(1, dim);
      else dimension.string(2, dim);
      shape.message(1, dimension);
    }
    tensorType.message(2, shape);
  }
  const type = new Message();
  type.message(1, tensorType);
  const message = new Message();
  message.string(1, value.name);
  message.message(2, type);
  return message;
}

const utf8 = new TextEncoder();

/** A protobuf message under construction: chunks in order, and their total length. */
class Message {
  length = 0;
  private readonly chunks: (Uint8Array | Message)[] = [];
  /** Bytes of small fields not yet made a chunk. */
  private pending: number[] = [];

  int(field: number, value: number | bigint): void {
    this.varint(field << 3);
    this.varint(value);
  }

  float(field: number, value: number): void {
    this.varint((field << 3) | 5);
    for (const byte of new Uint8Array(Float32Array.of(value).buffer)) this.byte(byte);
  }

  string(field: number, value: string): void {
    this.bytes(field, utf8.encode(value));
  }

  bytes(field: number, value: Uint8Array): void {
    this.varint((field << 3) | 2);
    this.varint(value.length);
    if (value.length < 64) for (const byte of value) this.byte(byte);
    else this.append(value);
  }

  message(field: number, value: Message): void {
    this.varint((field << 3) | 2);
    this.varint(value.length);
    this.append(value);
  }

  writeTo(target: Uint8Array, offset: number): number {
    this.flush();
    let at = offset;
    for (const chunk of this.chunks) {
      if (chunk instanceof Message) at = chunk.writeTo(target, at);
      else {
        target.set(chunk, at);
        at += chunk.length;
      }
    }
    return at;
  }

  private append(chunk: Uint8Array | Message): void {
    this.flush();
    this.chunks.push(chunk);
    this.length += chunk.length;
  }

  private flush(): void {
    if (this.pending.length === 0) return;
    this.chunks.push(Uint8Array.from(this.pending));
    this.pending = [];
  }

  private byte(value: number): void {
    this.pending.push(value);
    this.length++;
  }

  /** Seven bits a byte, low first; a negative number is its 64-bit two's complement, ten bytes. */
  private varint(value: number | bigint): void {
    if (typeof value === 'bigint' || value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 0x7fn; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
      this.byte(Number(rest));
      return;
    }
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 0x80);
    this.byte(rest);
  }
}
