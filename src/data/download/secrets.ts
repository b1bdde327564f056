/** Secrets in a config: `${NAME}` stands for an environment variable. They are put in when a request is sent, and kept nowhere. */
import { AthanorError } from '../../core/index.ts';

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** @throws AthanorError('bad-input') naming the variable that is not set */
export function withSecrets(text: string, place: string, env: NodeJS.ProcessEnv = process.env): string {
  return text.replace(REFERENCE, (_, name: string) => {
    const value = env[name];
    if (value !== undefined && value !== '') return value;
    throw new AthanorError('bad-input', `${place}: the environment variable ${name} is not set`, {
      place,
      hint: `Set it before running: export ${name}=…`,
    });
  });
}

/** The values that `${NAME}`s in these texts stand for. */
export function secretsIn(texts: readonly string[], env: NodeJS.ProcessEnv = process.env): string[] {
  const names = texts.flatMap((text) => [...text.matchAll(REFERENCE)].map(([, name]) => name!));
  // Too short to be a secret: replacing it would harm the text.
  return [...new Set(names)].map((name) => env[name] ?? '').filter((value) => value.length >= 6);
}

/** Takes secrets out of what a server sent back. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);
}
