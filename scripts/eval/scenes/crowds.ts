import type { Random } from '../../packets/random.ts';
import type { Shot } from '../../packets/shot.ts';
import { hostsOf, type LayoutName, layouts, stranger } from '../traffic/addresses.ts';
import { type Carrier, ipv4, ipv6 } from '../traffic/carriers.ts';
import { type PortRange, portRanges, randomPorts } from '../traffic/ports.ts';
import { tcpProbe } from '../traffic/probes.ts';
import { linux, nmap } from '../traffic/tools.ts';
import { bystander, type Scene, sceneOf, spaced } from './scene.ts';

const carrierOf = (family: 4 | 6): Carrier => (family === 4 ? ipv4 : ipv6);

const SIZES = [10, 50, 200] as const;
const PORTS_EACH = [1, 2] as const;
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
/** What any host on the Internet gets: so many lone probes an hour. */
const NOISE_PER_HOUR = 2;
/** Before unrelated sources come, for whoever learns what is usual. */
const CALM_S = DAY_S;
/** Unrelated sources together, in an hour; a network has as much. */
const APART_S = 60;

/** Each source tries its own one or two ports, a minute after the one before it. */
export const crowdScenes: readonly Scene[] = (Object.keys(layouts) as LayoutName[]).flatMap((layout) =>
  SIZES.flatMap((size) =>
    PORTS_EACH.flatMap((each) =>
      (Object.keys(portRanges) as PortRange[]).map((range) => {
        const { family, address } = layouts[layout];
        const sources = Array.from({ length: size }, (_, index) => address(index));
        const scene = {
          group: 'crowd',
          ...{ family, row: `${size} sources, ${layout}`, scanners: sources },
          column: `${each === 1 ? '1 port' : `${each} ports`} each, ${range}`,
          // To the data plane a /64 is one source.
          class: layout === '/64' ? 'vertical' : 'distributed',
        } as const;
        return sceneOf(scene, (random) => {
          const start = layout.startsWith('unrelated') ? CALM_S : 10;
          const calm = start < CALM_S ? bystander(family, random) : noise(family, CALM_S, random);
          return [...calm, ...crowd(sources, each, range, start, random)];
        });
      }),
    ),
  ),
);

function crowd(
  sources: readonly string[],
  each: number,
  range: PortRange,
  start: number,
  random: Random,
): Shot[] {
  const family = sources[0]!.includes(':') ? 6 : 4;
  const ports = randomPorts(range, sources.length * each, random);
  const probes = sources.flatMap((src, index) => {
    const run = linux(random);
    return ports
      .slice(index * each, (index + 1) * each)
      .map((port) => tcpProbe(carrierOf(family), run({ src, dst: hostsOf[family].host, port, flags: 'S' })));
  });
  return spaced(probes, APART_S, start);
}

/** Lone probes from everywhere, of one port each, and a client now and then. */
export function noise(family: 4 | 6, seconds: number, random: Random): Shot[] {
  const count = Math.floor((seconds / HOUR_S) * NOISE_PER_HOUR);
  const ports = randomPorts('below 1024', count, random);
  const probes = ports.map((port, index) => {
    const src = stranger(family, index);
    return tcpProbe(carrierOf(family), linux(random)({ src, dst: hostsOf[family].host, port, flags: 'S' }));
  });
  return [...bystander(family, random), ...spaced(probes, HOUR_S / NOISE_PER_HOUR, 20)];
}

const DECOYS = [2, 3, 5, 10] as const;
const DECOY_PORTS = 20;
/** From one decoy to the next, as one loop sends them. */
const LOOP_S = 0.000_02;
const PROBE_S = 0.05;

/** `nmap -D`: the same probe in the name of several, with the true source somewhere among them; the TTL is drawn anew each time. */
export const decoyScenes: readonly Scene[] = DECOYS.flatMap((size) =>
  [ipv4, ipv6].flatMap((carrier) =>
    (Object.keys(portRanges) as PortRange[]).flatMap((range) =>
      [1, 2, 3].map((turn) => {
        const { family } = carrier;
        const { scanner, host: dst } = hostsOf[family];
        const forged = Array.from({ length: size - 1 }, (_, index) => stranger(family, index));
        const scene = {
          group: 'decoys',
          ...{ family, row: `${size} sources, ${carrier.name}`, column: range, turn },
          ...{ scanners: [scanner], forged, class: 'decoy' },
        } as const;
        return sceneOf(scene, (random) => {
          const run = nmap(random);
          const sources = forged.toSpliced(random.below(size), 0, scanner);
          const probes = randomPorts(range, DECOY_PORTS, random).map((port) => {
            const probe = run({ src: scanner, dst, port, flags: 'S' });
            return sources.flatMap((src, index) => {
              const ip = { ...probe.ip, src, ttl: 37 + random.below(23) };
              return tcpProbe(carrier, { ip, tcp: probe.tcp }).map(
                ([after, frame]) => [after + index * LOOP_S, frame] as const,
              );
            });
          });
          return [...bystander(family, random), ...spaced(probes, PROBE_S)];
        });
      }),
    ),
  ),
);
