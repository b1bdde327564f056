/** Quantizing a model with its perplexity before and after: what the stage and the command `quantize` share. */
import { quantizeModel, type SchemeConfig } from '../compress/index.ts';
import { AthanorError } from '../core/index.ts';
import { openDataset } from '../data/index.ts';
import { datasetOf, type EvaluationRequest, evaluateModel } from './evaluation.ts';

export interface QuantizationRequest extends Omit<EvaluationRequest, 'model' | 'tasks' | 'limit'> {
  /** The model's directory. */
  readonly from: string;
  /** Where the new model goes. */
  readonly to: string;
  readonly scheme: SchemeConfig;
}

export interface Quantization {
  readonly bytes_before: number;
  readonly bytes_after: number;
  readonly quantized: number;
  /** Linear weights that stay float. */
  readonly kept: number;
  readonly relative_error: number;
  /** On held-out documents; absent where no dataset is known. */
  readonly perplexity_before?: number;
  readonly perplexity_after?: number;
}

/** Documents that the perplexities are taken over. */
const limit = 200;

/** @throws AthanorError what `quantizeModel` and `evaluateModel` throw */
export async function quantizeAndCompare(request: QuantizationRequest): Promise<Quantization> {
  const { from, to, scheme, report, stage } = request;
  const comparable = hasDataset(request); // before anything is written
  const result = await quantizeModel(from, to, scheme);
  const sizes = {
    bytes_before: result.bytesBefore,
    bytes_after: result.bytesAfter,
    quantized: result.quantized.length,
    kept: result.kept.length,
    relative_error: result.relativeError,
  };
  if (!comparable) {
    report({
      type: 'message',
      level: 'warn',
      stage,
      text: 'no dataset is known for this model: perplexity is not compared',
    });
    return sizes;
  }
  const before = await perplexity(request, from);
  const after = await perplexity(request, to);
  return { ...sizes, perplexity_before: before, perplexity_after: after };
}

/**
 * Whether there are held-out documents: those of the dataset that was named, which must be there, else of the model's own,
 * where this workspace has it.
 */
function hasDataset({ dataset, workspace, from, stage }: QuantizationRequest): boolean {
  if (dataset !== undefined) {
    openDataset(workspace, dataset);
    return true;
  }
  try {
    const { name, version } = datasetOf({ dataset, model: { directory: from }, stage });
    openDataset(workspace, name, { version });
    return true;
  } catch (error) {
    if (error instanceof AthanorError && (error.code === 'bad-input' || error.code === 'not-found')) return false;
    throw error;
  }
}

/** Over the test split, else the validation split. */
async function perplexity(request: QuantizationRequest, directory: string): Promise<number> {
  const measure = async (split: 'test' | 'validation') => {
    const tasks = [{ use: 'perplexity', split, limit }];
    const { tasks: found } = await evaluateModel({ ...request, model: { directory }, tasks });
    return found.perplexity!.metrics.perplexity!;
  };
  if (request.dataset !== undefined) {
    const { manifest } = openDataset(request.workspace, request.dataset);
    return measure((manifest.splits.test?.documents ?? 0) > 0 ? 'test' : 'validation');
  }
  try {
    return await measure('test');
  } catch (error) {
    if (error instanceof AthanorError && error.code === 'bad-input') return measure('validation');
    throw error;
  }
}
