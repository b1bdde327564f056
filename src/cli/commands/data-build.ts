/** `athanor data build <recipe>`: only the recipe's data stages. */
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
    return { ...report };
  },
});
