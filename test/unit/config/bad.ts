import assert from 'node:assert/strict';
import { parsePolicy } from '../../../src/config/load.ts';
import { SentryError } from '../../../src/errors.ts';

/** What parsePolicy says of a wrong text, one line for each problem, without the name of the file. */
export function complaints(text: string): string[] {
  const error = refusal(() => parsePolicy(text, 'x.yaml'));
  return error.detail.split('\n').map((line) => {
    assert.ok(line.startsWith('x.yaml:'), line);
    return line.replace(/^x\.yaml:/, '');
  });
}

/** The SentryError that `act` must throw. */
export function refusal(act: () => unknown): SentryError {
  try {
    act();
  } catch (error) {
    assert.ok(
      error instanceof SentryError,
      `not a SentryError: ${error instanceof Error ? error.stack : error}`,
    );
    return error;
  }
  assert.fail('nothing was thrown');
}
