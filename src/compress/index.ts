/** Compression: quantization of model directories. Node only. */
export { schemes } from './quant/registry.gen.ts';
export * from './quantize.ts';
export * from './scheme.ts';
