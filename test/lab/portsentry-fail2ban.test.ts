/** fail2ban's own filter reads the history of either: each line, and the right address. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bannedBy } from '../../scripts/lab/fail2ban.ts';
import { addresses } from '../../scripts/lab/lab.ts';
import { candidates, HISTORY, PortsentryHost } from '../../scripts/lab/portsentry.ts';
import { needs } from '../support/capability.ts';
import type { Case } from './portsentry/case.ts';
import { lastSources, otherSource } from './portsentry/case.ts';
import { fileset, play } from './portsentry/play.ts';

const scanner = addresses.scanner.ipv4;
const one: Case = {
  says: 'sources with and without a name, by both protocols',
  modes: ['atcp', 'audp'],
  options: { RESOLVE_HOST: '1' },
  files: { '/etc/hosts': `${scanner} 198-51-100-250.scanner.example\n${otherSource} port.example\n` },
  steps: ['-sS -p 1,2', '-sU -p 7', { nmap: '-sX -p 100', from: otherSource }],
};

for (const candidate of candidates) {
  const missing = needs(
    'root',
    'bpf',
    'netns',
    'nmap',
    'fail2ban',
    ...(candidate === 'classic' ? ['portsentry' as const] : []),
  );
  test(`${candidate}: every line of the history bans its source`, { skip: missing }, async () => {
    await using host = await PortsentryHost.create(candidate, fileset(one));
    await play(host, one);
    const banned = await bannedBy('portsentry', host.root.path(HISTORY));
    assert.deepEqual(banned, [scanner, scanner, otherSource, lastSources.tcp, lastSources.udp]);
  });
}
