import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { BlockedFile, type BlockedFileOptions } from '../../../src/store/blocked-file.ts';
import { directoryFor } from './hosts.ts';

export const STYLES = ['1.2', '2'] as const;

/** A place for a blocked file; `open` opens it each time as if the sentry had been started again. */
export function makeOpener(t: TestContext, style: '1.2' | '2', effects: Partial<BlockedFileOptions> = {}) {
  const path = join(directoryFor(t), 'portsentry.blocked.atcp');
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message.replaceAll(path, 'FILE'));
  const open = () => BlockedFile.open(path, { style, warn, pause: async () => {}, ...effects });
  return { path, warnings, open };
}

export const addressesOf = (file: BlockedFile): string[] => file.entries().map(({ address }) => address);
