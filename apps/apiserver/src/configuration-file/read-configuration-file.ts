import { readFileSync } from 'node:fs';
import { type AnyMessage, DecodeError, decodeObject, type FieldError, fieldErrorMessage } from '@hawser/api';
import { BodySyntaxError } from '../resources/body-syntax-error.ts';
import { parseYaml } from '../resources/parse-yaml.ts';

/** A file that is not the configuration that it should be; the message quotes none of its values. */
export class ConfigurationFileError extends Error {
  override name = 'ConfigurationFileError';
}

export interface ConfigurationKind {
  readonly kind: string;
  /** All that are read, the newest first. */
  readonly apiVersions: readonly string[];
  readonly schema: AnyMessage;
}

/**
 * Reads a file as one of upstream's kinds of configuration, strictly: YAML or JSON, with no field that is unknown or
 * stands twice.
 * @returns its bytes, to tell whether it changes, and what they say.
 * @throws ConfigurationFileError
 */
export function readConfigurationFile(
  path: string,
  kind: ConfigurationKind,
): { bytes: Buffer; value: object } {
  const bytes = bytesOf(path);
  const { value, duplicates } = parsed(bytes);
  checkTypeMeta(value, kind);
  const faults = [...duplicates];
  const decoded = decodedAs(kind.schema, value, faults);
  if (faults.length > 0) throw new ConfigurationFileError(`strict decoding error: ${faults.join(', ')}`);
  return { bytes, value: decoded };
}

/** Faults as upstream's aggregate prints them: one as it is, several in brackets. */
export function aggregateMessage(faults: readonly FieldError[]): string {
  const messages = [...new Set(faults.map(fieldErrorMessage))];
  return messages.length === 1 ? messages[0]! : `[${messages.join(', ')}]`;
}

function bytesOf(path: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new ConfigurationFileError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  if (bytes.length === 0) throw new ConfigurationFileError('the file is empty');
  return bytes;
}

function parsed(bytes: Buffer): ReturnType<typeof parseYaml> {
  try {
    return parseYaml(bytes);
  } catch (cause) {
    if (!(cause instanceof BodySyntaxError)) throw cause;
    throw new ConfigurationFileError(`couldn't get version/kind; ${cause.message}`);
  }
}

function checkTypeMeta(value: unknown, expected: ConfigurationKind): void {
  const { apiVersion, kind } = (value ?? {}) as { apiVersion?: unknown; kind?: unknown };
  const missing = [!kind && 'Kind', !apiVersion && 'apiVersion'].find(Boolean);
  if (missing) throw new ConfigurationFileError(`Object '${missing}' is missing`);
  if (kind !== expected.kind || !expected.apiVersions.includes(apiVersion as string))
    throw new ConfigurationFileError(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}; expected ${expected.kind} of ${expected.apiVersions.join(' or ')}`,
    );
}

function decodedAs(schema: AnyMessage, value: unknown, faults: string[]): object {
  try {
    return decodeObject(schema, value, faults);
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new ConfigurationFileError(cause.message);
  }
}
