#!/usr/bin/env node
/** The executable: parses the command line, runs one command, prints its result or its error, sets the exit code. */
import { type Command, CommanderError } from 'commander';
import { AthanorError, nearest } from '../core/index.ts';
import type { CommandDefinition, GlobalOptions, OptionValues } from './command.ts';
import { errorJson, errorLines, exitCodeOf, toAthanorError } from './failure.ts';
import { chooseLanguage, translator } from './i18n/index.ts';
import { jsonParts } from './json-output.ts';
import { buildProgram } from './program.ts';
import { openProgress } from './progress.ts';

const argv = process.argv.slice(2);
const language = chooseLanguage(flagValue('--lang'), process.env);
const t = translator(language);
const abort = new AbortController();

/** A flag's value before commander has parsed anything: the language of help itself depends on it. */
function flagValue(flag: string): string | undefined {
  const at = argv.indexOf(flag);
  return at >= 0 ? argv[at + 1] : argv.find((one) => one.startsWith(`${flag}=`))?.slice(flag.length + 1);
}

async function execute(
  definition: CommandDefinition,
  globals: GlobalOptions,
  args: readonly (string | undefined)[],
  options: OptionValues,
): Promise<void> {
  const progress = await openProgress({ stream: process.stderr, t, quiet: globals.quiet });
  const note = (line: string) => {
    if (!globals.quiet) process.stderr.write(`${line}\n`);
  };
  const print = (line: string) => {
    if (!globals.json) process.stdout.write(`${line}\n`);
  };
  let result: Readonly<Record<string, unknown>>;
  try {
    result = await definition.run({ globals, language, t, progress, signal: abort.signal, print, note }, args, options);
  } finally {
    progress.close();
  }
  if (!globals.json) return;
  for (const part of jsonParts(result)) process.stdout.write(part);
  process.stdout.write('\n');
}

/** A word that is no command, or a group without one: says so, with the nearest one or all of them. */
function checkCommand(program: Command): void {
  let at = program;
  const takesValue = new Set(program.options.filter((one) => one.required).map((one) => one.long));
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word.startsWith('-')) {
      if (takesValue.has(word)) i++;
      continue;
    }
    const next = at.commands.find((one) => one.name() === word);
    if (next === undefined && at.commands.length > 0) {
      const names = at.commands.map((one) => one.name());
      const near = nearest(word, names);
      const hint = near ? t('error.did-you-mean', { name: near }) : names.join(', ');
      throw new AthanorError('bad-input', t('error.unknown-command', { name: word }), { hint });
    }
    if (next === undefined) return;
    at = next;
  }
  if (at.commands.length === 0 || argv.some((word) => ['-h', '--help', '-V', '--version'].includes(word))) return;
  const hint = at.commands.map((one) => one.name()).join(', ');
  throw new AthanorError('bad-input', t('error.no-command', { name: at.name() }), { hint });
}

/** Commander's own complaints become ours; help and version are no errors. */
function fromCommander(error: CommanderError, program: Command): AthanorError | undefined {
  if (error.exitCode === 0 || error.code === 'commander.help') return undefined;
  const message = error.message.replace(/^error: /, '').split('\n')[0]!;
  const unknown = /^unknown option '(--[^'=]+)/.exec(message)?.[1];
  const known = allOptions(program);
  const near = unknown === undefined ? undefined : nearest(unknown, known);
  const hint = near ? t('error.did-you-mean', { name: near }) : t('error.help', { command: 'athanor' });
  return new AthanorError('bad-input', message, { hint });
}

function allOptions(command: Command): string[] {
  return [...command.options.flatMap((one) => one.long ?? []), ...command.commands.flatMap(allOptions)];
}

function strict(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => {} });
  for (const one of command.commands) strict(one);
}

/** The first signal asks for a clean end, the second ends at once. */
function listen(signal: 'SIGINT' | 'SIGTERM', code: number): void {
  process.on(signal, () => {
    if (abort.signal.aborted) process.exit(code);
    process.stderr.write(`\n${t('signal.first')}\n`);
    abort.abort(new AthanorError('cancelled', signal));
  });
}

async function main(): Promise<void> {
  listen('SIGINT', 130);
  listen('SIGTERM', 143);
  // A closed pipe (`athanor … | head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const { program } = buildProgram(t, execute);
  strict(program);
  try {
    if (argv.length === 0) program.help();
    checkCommand(program);
    await program.parseAsync(argv, { from: 'user' });
  } catch (thrown) {
    const error = thrown instanceof CommanderError ? fromCommander(thrown, program) : toAthanorError(thrown);
    if (error !== undefined) fail(error, thrown);
  }
}

/** Shows an error and sets the exit code; under --json stdout gets the one object. */
function fail(error: AthanorError, thrown: unknown): void {
  if (argv.includes('--json')) process.stdout.write(`${JSON.stringify(errorJson(error))}\n`);
  for (const line of errorLines(error, thrown, t)) process.stderr.write(`${line}\n`);
  process.exitCode = exitCodeOf(error);
}

/** What nobody caught: told like any other error, never as a raw stack. */
function crash(thrown: unknown): void {
  fail(toAthanorError(thrown), thrown);
  process.exit();
}
process.on('unhandledRejection', crash);
process.on('uncaughtException', crash);
await main();
