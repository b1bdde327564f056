/** GET /v1/models and /v1/models/:id: the one model that this server has. */
import type { Context } from 'hono';
import type { ServeContext } from '../context.ts';
import { refusal } from '../errors.ts';

const describe = ({ modelName, created, model }: ServeContext) => ({
  id: modelName,
  object: 'model',
  created,
  owned_by: 'athanor',
  max_model_len: model.engine.runner.maxLength,
});

export function listModels(context: ServeContext) {
  return (c: Context): Response => c.json({ object: 'list', data: [describe(context)] });
}

export function getModel(context: ServeContext) {
  return (c: Context): Response => {
    const id = c.req.param('id');
    if (id !== context.modelName)
      throw refusal(404, `the model '${id}' does not exist; this server has '${context.modelName}'`, {
        param: 'model',
        code: 'model_not_found',
      });
    return c.json(describe(context));
  };
}
