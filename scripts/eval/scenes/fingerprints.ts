import { hostsOf, neighbour } from '../traffic/addresses.ts';
import { ipv4 } from '../traffic/carriers.ts';
import { type PortRange, portRanges, randomPorts } from '../traffic/ports.ts';
import { tcpProbe } from '../traffic/probes.ts';
import { fingerprints } from '../traffic/tools.ts';
import { bystander, type Scene, sceneOf, spaced } from './scene.ts';

const PROBES = 20;
const APART_S = 0.5;
const TURNS = 3;
const SOURCES = 4;
const TELNET = 23;

/** Each tool as it is used: several ports of the host, or one port of many; and several of them at a host, each with few probes. */
export const toolScenes: readonly Scene[] = fingerprints.flatMap(({ tool, look, run, sweeps }) => {
  const { scanner: src, host, network } = hostsOf[4];
  const row = `${tool}, ${look}`;
  const turns = Array.from({ length: TURNS }, (_, index) => index + 1);
  const ranges = Object.keys(portRanges) as PortRange[];
  const ofOne = ranges.flatMap((range) =>
    turns.map((turn) => {
      const scene = { group: 'tool', family: 4, row, column: `one source, ${range}`, turn, tool } as const;
      const truth = { scanners: [src], class: sweeps ? 'horizontal' : 'vertical' };
      return sceneOf({ ...scene, ...truth, ...(sweeps && { protects: [network] }) }, (random) => {
        const send = run(random);
        const ports = randomPorts(range, PROBES, random);
        const probes = ports.map((port, index) => {
          const swept = { dst: neighbour(4, index + 1), port: range === 'high' ? 2323 : TELNET };
          const target = sweeps ? swept : { dst: host, port };
          return tcpProbe(ipv4, send({ src, flags: 'S', ...target }));
        });
        return [...bystander(4, random), ...spaced(probes, APART_S)];
      });
    }),
  );
  const ofFew = ranges.map((range) => {
    const scanners = Array.from({ length: SOURCES }, (_, index) => `203.0.113.${10 + 7 * index}`);
    const scene = {
      group: 'tool',
      family: 4,
      row,
      column: `two probes each of ${SOURCES}, ${range}`,
      tool,
    } as const;
    return sceneOf({ ...scene, scanners }, (random) => {
      const probes = scanners.flatMap((source) => {
        const send = run(random);
        return randomPorts(range, 2, random).map((port) =>
          tcpProbe(ipv4, send({ src: source, dst: host, port, flags: 'S' })),
        );
      });
      return [...bystander(4, random), ...spaced(probes, 60)];
    });
  });
  return [...ofOne, ...ofFew];
});
