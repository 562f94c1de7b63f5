import { addresses, type Lab } from '../lab/lab.ts';
import { learnedPorts, nmap } from '../lab/nmap.ts';
import { PORTS, prepareScanners, SCAN_RATE, scan, scannerAt } from './answers.ts';
import { Collection } from './collect.ts';
import { INSTANT, unprotected, withPortsentry, withSentry } from './hosts.ts';
import type { Part } from './part.ts';
import type { Scene } from './scene.ts';

const ROUNDS = 3;

const UNPROTECTED = 'none';

type Host = { readonly tool: string; readonly start: (scene: Scene) => Promise<Lab> };

const hosts: readonly Host[] = [
  { tool: UNPROTECTED, start: unprotected },
  { tool: 'xdpsentry', start: (scene) => withSentry(scene, INSTANT) },
  { tool: 'PortSentry 1.2', start: withPortsentry },
];

type Scan = { readonly what: string; readonly learned: (lab: Lab, nth: number) => Promise<number> };

const byNmap =
  (...args: readonly string[]) =>
  async ({ scanner }: Lab, nth: number): Promise<number> => {
    const source = ['-S', scannerAt(nth), '-e', scanner.interface];
    const scanArgs = ['-sS', '-p', `1-${PORTS}`, ...args, ...source, addresses.sentry.ipv4];
    return learnedPorts(await nmap(scanner, scanArgs)).count;
  };

export const NMAP_T4 = 'nmap -sS -T4';
export const FAST_SCAN = `generator, ${SCAN_RATE} packets/s`;
const scans: readonly Scan[] = [
  // Unhindered it is faster than that rate, which keeps it from waiting minutes for ports that have fallen silent.
  { what: NMAP_T4, learned: byNmap('-T4', '--min-rate', '1000', '--max-retries', '1') },
  {
    what: `nmap -sS --min-rate ${SCAN_RATE}`,
    learned: byNmap('--min-rate', String(SCAN_RATE), '--max-retries', '0'),
  },
  { what: FAST_SCAN, learned: (lab, nth) => scan(lab, nth, PORTS) },
];

/**
 * Ports of 1 to 1024 whose state the scanner learns after the probe that gives it away, which is its first: a closed port answers
 * with RST unless something keeps it. Each scan comes from an address of its own.
 */
export const learn: Part = {
  name: 'learn',
  what: 'ports that a scanner learns after the probe that gives it away',
  async run(scene, say) {
    const collection = new Collection();
    for (const { tool, start } of hosts) {
      await collection.attempt({ part: 'learn', tool, what: 'all scans' }, async () => {
        const lab = await start(scene);
        await prepareScanners(lab, scans.length * ROUNDS);
        for (const [index, { what, learned }] of scans.entries()) {
          say(`${tool}: ${what}`);
          const samples: number[] = [];
          for (let round = 0; round < ROUNDS; round++) {
            scene.check();
            samples.push(afterTheFirst(tool, what, await learned(lab, index * ROUNDS + round)));
          }
          collection.add({ part: 'learn', tool, what, family: 4, unit: 'ports' }, samples);
        }
      });
    }
    return collection;
  },
};

/**
 * The probe that decides passes and is answered, so that who learned nothing at all did not reach the host, or not hear from it;
 * and without a tool every port answers.
 */
export function afterTheFirst(tool: string, what: string, learned: number): number {
  if (learned < 1)
    throw new Error(`${what} of ${tool}: not even the first probe was answered: no scan took place`);
  if (tool === UNPROTECTED && learned !== PORTS)
    throw new Error(
      `${what} of ${tool}: ${learned} of ${PORTS} ports answered: the wire, and no tool, kept some silent`,
    );
  return learned - 1;
}
