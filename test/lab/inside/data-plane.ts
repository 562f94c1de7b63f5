/** Runs inside the sentry's network namespace: test/lab/data-plane.test.ts starts it there. */
import { openDataPlane } from '../../../src/kernel/open.ts';
import { PortSet } from '../../../src/values/ports.ts';
import { dataPlaneContract } from '../../support/data-plane-contract.ts';

const interfaceName = process.env['LAB_INTERFACE']!;

dataPlaneContract(
  'libbpf',
  (capacity) =>
    openDataPlane({
      interfaces: [interfaceName],
      attach: 'native',
      inherits: 'all',
      isEphemeral: false,
      monitored: { tcp: new PortSet(), udp: new PortSet() },
      ignored: [],
      own: { guarded: [], stations: [] },
      rules: [],
      swallowProbes: false,
      spareServed: false,
      spareDecoys: true,
      tellIgnored: false,
      tellEvery: false,
      sourceBits6: 64,
      ephemeralPorts: [32768, 60999],
      tables: { blocks: capacity, sources: 1024 },
      onSighting: () => {},
    }),
  async (dataPlane, ns) => {
    const until = dataPlane.nowNs() + ns;
    while (dataPlane.nowNs() <= until) await new Promise(setImmediate);
  },
);
