import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import type { BlockedHost } from '../../../src/store/history-line.ts';
import { canonicalAddress } from '../../../src/values/address.ts';

/** A directory of the test's own, which goes with it. */
export function directoryFor(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-store-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** 2026-11-21 19:28:29 UTC. */
export const AT_MS = 1_795_289_309_000;

export const hostOf = (address: string, facts: Partial<BlockedHost> = {}): BlockedHost => ({
  address,
  name: address,
  atMs: AT_MS,
  port: 11,
  protocol: 'tcp',
  ...facts,
});

export const anyAddress = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => canonicalAddress(text)!);

/** Any host as PortSentry could have written it down: whole seconds, up to the year 9999. */
export const anyHost: fc.Arbitrary<BlockedHost> = fc
  .record({
    address: anyAddress,
    name: fc.option(fc.stringMatching(/^[A-Za-z0-9_-]{1,12}(\.[A-Za-z0-9_-]{1,12}){0,2}$/), { nil: '' }),
    atMs: fc.nat(253_370_764_799).map((seconds) => seconds * 1000),
    port: fc.nat(65_535),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
  })
  .map((host) => ({ ...host, name: host.name || host.address }));
