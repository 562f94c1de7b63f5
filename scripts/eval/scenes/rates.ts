import { hostsOf } from '../traffic/addresses.ts';
import { plainCarriers } from '../traffic/carriers.ts';
import { type PortRange, portRanges, randomPorts } from '../traffic/ports.ts';
import { tcpProbe } from '../traffic/probes.ts';
import { linux, nmap } from '../traffic/tools.ts';
import { bystander, type Scene, sceneOf, spaced } from './scene.ts';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** Probes an hour; 12 is `nmap -T0`, 240 were -T1. */
const rates = [36_000, 3600, 600, 60, 12, 4, 1, 1 / 6] as const;
export const rateText = (perHour: number): string =>
  perHour < 1 ? `one per ${Math.round(1 / perHour)} h` : `${perHour}/h`;

const PORTS = 20;
/** The slowest is given two days, and reaches fewer ports. */
const LONGEST_S = 2 * DAY_S;
/** With the marks of a tool in each packet, and with none: what a mark gives away is no matter of the rate. */
const senders = { nmap, Linux: linux } as const;
const TURNS = 2;

/** One source, SYN to distinct closed ports, at a steady rate: below 1024 and above in turn. */
export const rateScenes: readonly Scene[] = rates.flatMap((perHour) =>
  Object.entries(senders).flatMap(([sender, runOf]) =>
    plainCarriers.flatMap((carrier) =>
      (Object.keys(portRanges) as PortRange[]).flatMap((range) =>
        Array.from({ length: TURNS }, (_, index) => {
          const { family } = carrier;
          const { scanner: src, host: dst } = hostsOf[family];
          const column = `${sender}, ${carrier.name}, ${range}`;
          const scene = { group: 'rate', family, row: rateText(perHour), column, turn: index + 1 } as const;
          return sceneOf({ ...scene, scanners: [src], class: 'vertical' }, (random) => {
            const run = runOf(random);
            const apart = HOUR_S / perHour;
            const count = Math.min(PORTS, Math.floor(LONGEST_S / apart) + 1);
            const probes = randomPorts(range, count, random).map((port) =>
              tcpProbe(carrier, run({ src, dst, port, flags: 'S' })),
            );
            return [...bystander(family, random), ...spaced(probes, apart)];
          });
        }),
      ),
    ),
  ),
);
