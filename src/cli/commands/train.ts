/** `athanor train <recipe>`: only the stages that train; what they read must exist already. */
import { defineCommand } from '../command.ts';
import { recipeArguments, recipeOptions, runRecipeForPeople } from '../run-recipe.ts';

export const train = defineCommand({
  name: 'train',
  arguments: recipeArguments,
  options: [{ flags: '--resume [run]', describe: 'option.train.resume' }, ...recipeOptions],
  async run(context, [recipe], options) {
    const report = await runRecipeForPeople(context, {
      recipe: recipe!,
      options,
      resumeRun: typeof options.resume === 'string' ? options.resume : undefined,
      keep: ({ definition }) => definition.training,
    });
    return { ...report };
  },
});
