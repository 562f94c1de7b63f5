/** Scanners and others of whom it is known what they are (../shared/pcaps): the first are named, and nobody else is. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readTruths } from '../../../../scripts/eval/truth.ts';
import { Fingerprints } from '../../../../src/detect/tools/fingerprints.ts';
import { needs } from '../../../support/capability.ts';
import { readProbes } from './read-probes.ts';

const directory = fileURLToPath(new URL('../../../../../shared/pcaps/', import.meta.url));

/** With what each source of TCP packets scans, as far as that is beyond doubt. */
function toolsIn(file: string): Map<string, string | undefined> {
  const it = new Fingerprints(10_000);
  const tools = new Map<string, string | undefined>();
  for (const probe of readProbes(`${directory}${file}`)) {
    const { finding } = it.observe(probe);
    tools.set(probe.source, finding && finding.confidence > 0.5 ? finding.tool : undefined);
  }
  return tools;
}

/** Scans by raw packets of nmap, of SYN, NULL, FIN and XMAS; the others are made of connections, or of UDP or ACK, which are not read here. */
const byNmap = [
  ...['half-open2', 'half-scan-victim-1', 'halfopen15', 'null-scan-victim-1', 'null-scan', 'null15'].map(
    (name) => `scan/austina_${name}.pcap`,
  ),
  ...['xmas-scan-victim-1', 'xmas-scan', 'xmas15'].map((name) => `scan/austina_${name}.pcap`),
  ...['fin', 'null', 'rpc', 'syn', 'version', 'xmas'].map((name) => `scan/ef_nmap476_${name}.pcap`),
  'scan/chrissanders_synscan.pcapng',
];

describe('captures', { skip: needs('shared') }, () => {
  const truths = readTruths(`${directory}INDEX.tsv`);
  for (const file of byNmap)
    test(`${file} is nmap's`, () => {
      const { scanners } = truths.find((truth) => truth.file === file)!;
      const tools = toolsIn(file);
      for (const scanner of scanners) assert.equal(tools.get(scanner), 'nmap');
    });

  test('where nobody scans, nobody has a tool', () => {
    let sources = 0;
    const others = truths.filter(({ folder }) => ['benign', 'neg_hard', 'neg_other'].includes(folder));
    for (const { file } of others)
      for (const [source, tool] of toolsIn(file)) {
        sources++;
        assert.equal(tool, undefined, `${source} in ${file}`);
      }
    assert.ok(sources > 100, `${sources} sources`);
  });

  test('in scans nobody but the scanner has a tool', () => {
    for (const { file, scanners } of truths.filter(({ folder }) => folder === 'scan'))
      for (const [source, tool] of toolsIn(file))
        if (!scanners.includes(source)) assert.equal(tool, undefined, `${source} in ${file}`);
  });
});
