/** `athanor data annotate-convert`: annotations between JSONL, CoNLL BIO and Label Studio, checked by the project file. */
import { AthanorError } from '../../core/index.ts';
import { readText, writeFileAtomic } from '../../core/node.ts';
import {
  annotationFormat,
  type OffsetUnit,
  projectProblems,
  readAnnotations,
  readProject,
  writeAnnotations,
} from '../../data/datasets.ts';
import { defineCommand } from '../command.ts';

export const dataAnnotateConvert = defineCommand({
  name: 'data-annotate-convert',
  options: [
    { flags: '--input <file>', describe: 'option.annotation.input', required: true },
    { flags: '--out <file>', describe: 'option.out', required: true },
    { flags: '--from <format>', describe: 'option.annotation.from' },
    { flags: '--to <format>', describe: 'option.annotation.to' },
    { flags: '--offsets <unit>', describe: 'option.annotation.offsets', default: 'utf16' },
    { flags: '--project <file>', describe: 'option.annotation.project' },
  ],
  async run({ print, t }, _args, options) {
    const [input, out] = [options.input as string, options.out as string];
    const unit = options.offsets as string;
    if (unit !== 'utf16' && unit !== 'code-points') {
      throw new AthanorError('bad-input', `--offsets is utf16 or code-points, not '${unit}'`);
    }
    const offsets: OffsetUnit = unit;
    const from = annotationFormat(options.from as string | undefined, input);
    const to = annotationFormat(options.to as string | undefined, out);
    const documents = readAnnotations(readText(input), from, input, { offsets });
    if (options.project !== undefined) {
      const project = readProject(options.project as string);
      const problems = documents.flatMap((one) =>
        projectProblems(project, one).map((problem) => `${one.id}: ${problem}`),
      );
      if (problems.length > 0) {
        throw new AthanorError('bad-input', `${input} does not fit the project: ${problems[0]}`, {
          place: input,
          values: { problems },
        });
      }
    }
    const { text, lost } = writeAnnotations(documents, to, { offsets });
    writeFileAtomic(out, text);
    print(t('annotation.written', { n: documents.length, file: out, lost }));
    return { documents: documents.length, from, to, lost, file: out };
  },
});
