/** How an error looks: `error[code]: message`, its place, its hint; as JSON; as an exit code. Never a raw stack. */
import colors from 'picocolors';
import { AthanorError } from '../core/index.ts';
import { ioError } from '../core/node.ts';
import type { Translate } from './i18n/index.ts';

/** Anything thrown, as the one error type that users meet. */
export function toAthanorError(thrown: unknown): AthanorError {
  if (thrown instanceof AthanorError) return thrown;
  const system = thrown as NodeJS.ErrnoException;
  if (thrown instanceof Error && typeof system.syscall === 'string')
    return ioError(thrown, system.path ?? '', system.syscall);
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return new AthanorError('cancelled', 'stopped', { cause: thrown });
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AthanorError('internal', message.startsWith('internal:') ? message : `internal: ${message}`, {
    cause: thrown,
  });
}

/** Lines for a person. The stack stands there only when ATHANOR_DEBUG is set. */
export function errorLines(error: AthanorError, thrown: unknown, t: Translate): string[] {
  const lines = [`${colors.red(`${t('error.label')}[${error.code}]:`)} ${t.text(error.message)}`];
  if (error.place) lines.push(`  ${t('error.at')}: ${error.place}`);
  if (error.hint) lines.push(`  ${t('error.hint')}: ${t.text(error.hint)}`);
  if (error.code === 'internal') lines.push(`  ${t('error.hint')}: ${t('error.bug')}`);
  if (process.env.ATHANOR_DEBUG) {
    for (let at: unknown = thrown; at instanceof Error; at = at.cause) lines.push(at.stack ?? at.message);
  }
  return lines;
}

/** The object that --json prints for an error; in English whatever the language, since programs read it. */
export function errorJson(error: AthanorError): Readonly<Record<string, unknown>> {
  return { error: { code: error.code, message: error.message, place: error.place, hint: error.hint } };
}

/** 2 for wrong input, 130 for a stop on request, 70 for our own bugs, 1 for the rest. */
export function exitCodeOf(error: AthanorError): number {
  if (error.code === 'bad-input') return 2;
  if (error.code === 'cancelled') return 130;
  return error.code === 'internal' ? 70 : 1;
}
