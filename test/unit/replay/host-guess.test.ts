import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressText } from '../../../src/replay/address.ts';
import { readPacket } from '../../../src/replay/packet.ts';
import { Survey } from '../../../src/replay/survey.ts';
import { dialogue } from '../../support/dialogue.ts';

function guess(text: string): string[] | undefined {
  const survey = new Survey();
  for (const { frame } of dialogue(text)) survey.look(readPacket(frame)!);
  return survey.host?.map(addressText);
}

const cases: readonly { says: string; packets: string; host?: string[] }[] = [
  {
    says: 'whom others call is the host',
    packets: `
      0 198.51.100.8:40000 > 198.51.100.1:22 S
      1 198.51.100.9:40000 > 198.51.100.1:23 S
      2 198.51.100.1:23 > 198.51.100.9:40000 RA`,
    host: ['198.51.100.1'],
  },
  {
    says: 'of both families',
    packets: `
      0 198.51.100.8:40000 > 198.51.100.1:22 S
      1 198.51.100.9:40000 > 198.51.100.1:23 udp
      2 2001:db8::8:40000 > 2001:db8::1:22 S
      3 2001:db8::9:40000 > 2001:db8::1:22 S`,
    host: ['198.51.100.1', '2001:db8::1'],
  },
  {
    says: 'who calls all others is rather a scanner',
    packets: `
      0 198.51.100.1:40000 > 198.51.100.8:22 S
      1 198.51.100.1:40000 > 198.51.100.9:22 S
      2 198.51.100.9:22 > 198.51.100.1:40000 SA`,
  },
  {
    says: 'even if two have called him',
    packets: `
      0 198.51.100.1:40000 > 198.51.100.8:22 S
      1 198.51.100.1:40000 > 198.51.100.9:22 S
      2 198.51.100.6:40000 > 198.51.100.1:22 S
      3 198.51.100.7:40000 > 198.51.100.1:22 S`,
  },
  {
    says: 'who answers whom nobody saw calling is the victim of a forger',
    packets: `
      0 198.51.100.1:80 > 198.51.100.8:22 SA
      1 198.51.100.1:80 > 198.51.100.9:22 SA`,
  },
  {
    says: 'of two nobody can tell',
    packets: `
      0 198.51.100.9:40000 > 198.51.100.1:22 S
      1 198.51.100.9:40000 > 198.51.100.1:23 S`,
  },
  {
    says: 'nor where several are called',
    packets: `
      0 198.51.100.8:40000 > 198.51.100.1:22 S
      1 198.51.100.9:40000 > 198.51.100.1:23 S
      2 198.51.100.9:40000 > 198.51.100.2:23 S`,
  },
  {
    says: 'nor in one family alone',
    packets: `
      0 198.51.100.8:40000 > 198.51.100.1:22 S
      1 198.51.100.9:40000 > 198.51.100.1:23 S
      2 2001:db8::1:40000 > 2001:db8::2:23 S`,
  },
  { says: 'nor of nothing', packets: '' },
];

describe('whose capture it is', () => {
  for (const { says, packets, host } of cases) test(says, () => assert.deepEqual(guess(packets), host));
});
