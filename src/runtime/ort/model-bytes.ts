/**
 * Small changes to an encoded ONNX model, at the level of protobuf fields: inputs that become constants, and the smallest
 * model there is. Knows field numbers of onnx.proto3 and nothing else.
 */
import { invariant } from '../../core/index.ts';
import { onnxDataType } from '../../graph/index.ts';
import type { HostTensor } from '../types.ts';

// Field numbers of ModelProto, GraphProto, ValueInfoProto, TensorProto.
const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const GRAPH_INPUT = 11;
const VALUE_NAME = 1;

interface Field {
  readonly number: number;
  /** Start of the key, start and end of the payload (of length-delimited fields: without the length). */
  readonly start: number;
  readonly from: number;
  readonly end: number;
}

/**
 * Turns the model's inputs of these names into initializers whose data is external: `AddExternalInitializers` brings it.
 * The engine then knows that they never change, so it may fold and repack them.
 */
export function freezeInputs(model: Uint8Array, constants: ReadonlyMap<string, HostTensor>): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const field of fields(model)) {
    if (field.number !== MODEL_GRAPH) pieces.push(model.subarray(field.start, field.end));
    else pieces.push(...lengthDelimited(MODEL_GRAPH, freezeGraph(model.subarray(field.from, field.end), constants)));
  }
  return concat(pieces);
}

function freezeGraph(graph: Uint8Array, constants: ReadonlyMap<string, HostTensor>): Uint8Array {
  const pieces: Uint8Array[] = [];
  let frozen = 0;
  for (const field of fields(graph)) {
    const name = field.number === GRAPH_INPUT ? valueName(graph.subarray(field.from, field.end)) : undefined;
    if (name !== undefined && constants.has(name)) frozen++;
    else pieces.push(graph.subarray(field.start, field.end));
  }
  invariant(frozen === constants.size, `${constants.size - frozen} constants are not inputs of the model`);
  for (const [name, tensor] of constants)
    pieces.push(...lengthDelimited(GRAPH_INITIALIZER, externalTensor(name, tensor)));
  return concat(pieces);
}

function valueName(value: Uint8Array): string {
  for (const field of fields(value))
    if (field.number === VALUE_NAME) return new TextDecoder().decode(value.subarray(field.from, field.end));
  return '';
}

/** TensorProto { dims = 1, data_type = 2, name = 8, external_data = 13, data_location = 14 } */
function externalTensor(name: string, { dtype, shape }: HostTensor): Uint8Array {
  const location = concat([...text(1, 'location'), ...text(2, 'memory')]); // StringStringEntryProto; never opened
  return concat([
    ...shape.map((size) => concat([varint(1 << 3), varint(size)])),
    varint(2 << 3),
    varint(onnxDataType[dtype]),
    ...text(8, name),
    ...lengthDelimited(13, location),
    varint(14 << 3),
    varint(1),
  ]);
}

/** x [N] → Identity → y: for sessions that only exist to hold a device's allocator. */
export function identityModel(): Uint8Array {
  const dimension = concat([...text(2, 'N')]);
  const shape = concat(lengthDelimited(1, dimension));
  const tensor = concat([varint(1 << 3), varint(onnxDataType.float32), ...lengthDelimited(2, shape)]);
  const type = concat(lengthDelimited(1, tensor));
  const value = (name: string) => concat([...text(1, name), ...lengthDelimited(2, type)]);
  const node = concat([...text(1, 'x'), ...text(2, 'y'), ...text(4, 'Identity')]);
  const graph = concat([
    ...lengthDelimited(1, node),
    ...text(2, 'identity'),
    ...lengthDelimited(11, value('x')),
    ...lengthDelimited(12, value('y')),
  ]);
  const opset = concat([...text(1, ''), varint(2 << 3), varint(18)]);
  return concat([varint(1 << 3), varint(8), ...lengthDelimited(7, graph), ...lengthDelimited(8, opset)]);
}

function* fields(message: Uint8Array): Generator<Field> {
  let at = 0;
  const read = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++];
      invariant(byte !== undefined, 'the encoded model is cut off');
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const start = at;
    const key = read();
    const wire = key % 8;
    let from = at;
    if (wire === 0) read();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else {
      invariant(wire === 2, `the encoded model has a field of wire type ${wire}`);
      const length = read();
      from = at;
      at += length;
    }
    invariant(at <= message.length, 'the encoded model is cut off');
    yield { number: Math.floor(key / 8), start, from, end: at };
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...bytes, rest]);
}

function lengthDelimited(number: number, payload: Uint8Array): Uint8Array[] {
  return [varint(number * 8 + 2), varint(payload.length), payload];
}

function text(number: number, value: string): Uint8Array[] {
  return lengthDelimited(number, new TextEncoder().encode(value));
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    result.set(piece, at);
    at += piece.length;
  }
  return result;
}
