/** `athanor data build <recipe>`: only the recipe's data stages. */
import { join } from 'node:path';
import { openDataset, Workspace } from '../../data/datasets.ts';
import { defineCommand } from '../command.ts';
import { recipeArguments, recipeOptions, runRecipeForPeople } from '../run-recipe.ts';

export const dataBuild = defineCommand({
  name: 'data-build',
  arguments: recipeArguments,
  options: recipeOptions,
  async run(context, [recipe], options) {
    const report = await runRecipeForPeople(context, {
      recipe: recipe!,
      options,
      keep: ({ kind }) => kind === 'data',
    });
    // The last dataset's facts stand at the top: a recipe of one data stage reads like that stage.
    const last = report.stages.at(-1)!;
    const { manifest, directory, version } = openDataset(new Workspace(context.globals.workspace), last.name);
    return {
      ...report,
      dataset: last.name,
      version,
      manifest: join(directory, 'manifest.json'),
      counts: manifest.counts,
    };
  },
});
