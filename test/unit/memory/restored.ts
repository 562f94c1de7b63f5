import { parsePolicy } from '../../../src/config/load.ts';
import type { Recorded } from '../../../src/journal/records.ts';
import { restore } from '../../../src/memory/restore.ts';
import { Blocks } from '../../../src/respond/blocks.ts';
import { makeGuard } from '../../../src/respond/guard.ts';
import { Marks } from '../../../src/respond/marks.ts';
import { parsePrefix } from '../../../src/values/prefix.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';

export const MINUTE_MS = 60_000;
export const ADDRESS = '198.51.100.66';

/** Restores these entries under the policy; answers what is in force then, and what else was done. */
export function restored(
  yaml: string,
  entries: Partial<Recorded>[],
  room: { blocks?: number; marks?: number } = {},
) {
  const dataPlane = new FakeDataPlane(room.blocks);
  const done: string[] = [];
  let isResuming = false;
  const begin = (what: string): boolean => {
    done.push(isResuming ? `resumed ${what}` : `began ${what}`);
    return true;
  };
  const gateways = ['198.51.100.1', '2001:db8::1'].map((text) => parsePrefix(text)!);
  const guard = makeGuard(
    () => gateways.map((prefix) => ({ prefix, reason: 'a gateway' })),
    () => [],
  );
  const blocks = new Blocks(dataPlane, guard, {
    added: ({ source }) => begin(source),
    changed: ({ source }) => begin(source),
    removed() {},
  });
  const marks = new Marks(() => dataPlane.nowNs(), room.marks ?? 100, {
    added: ({ source }) => begin(source),
    removed() {},
    forgotten: ({ source }) => done.push(`forgot ${source}`),
  });
  const standing = entries.map((entry): Recorded => {
    return { address: ADDRESS, protocols: ['tcp'], port: 22, atMs: Date.now(), ...entry };
  });
  restore({
    policy: parsePolicy(yaml, 'test.yaml'),
    records: {
      *standing() {
        yield* standing;
      },
      remove: ({ protocol, address }) => done.push(`removed ${address} ${protocol}`),
    },
    blocks,
    marks,
    aftermath: {
      endLate: (it) => done.push(`ended ${'by' in it ? it.by : 'block'} ${it.evidence?.address}`),
      resume(beginning) {
        isResuming = true;
        beginning();
        isResuming = false;
      },
    },
    warn: (text) => done.push(text),
  });
  const remainingMinutes = (expiresNs: number | undefined) =>
    expiresNs && Math.round((expiresNs - dataPlane.nowNs()) / 1e6 / MINUTE_MS);
  const inForce = [
    ...[...blocks].map(({ source, evidence, ...it }) => ({ source, evidence, by: 'block', ...it })),
    ...marks,
  ].map(({ by, source, evidence, expiresNs }) => {
    const { protocol, port } = evidence!;
    return `${by} ${source} for ${port}/${protocol}, ${remainingMinutes(expiresNs) ?? 'no'} minutes`;
  });
  return { inForce, done };
}
