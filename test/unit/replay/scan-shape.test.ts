import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ScanShape } from '../../../src/replay/scan-shape.ts';

function shapeOf(hosts: number, ports: readonly number[]): ScanShape {
  const shape = new ScanShape();
  for (let host = 0; host < hosts; host++)
    for (const port of ports) shape.add(`198.51.100.${host}`, 'tcp', port);
  return shape;
}

describe('the shape of a scan', () => {
  test('ports in words, by protocol, each once', () => {
    const shape = shapeOf(2, [80, 22, 23, 24, 80]);
    shape.add('198.51.100.9', 'udp', 23);
    shape.add('198.51.100.9', 'udp', 0);
    assert.equal(shape.portText, '22-24,80/tcp,0,23/udp');
    assert.deepEqual([shape.ports, shape.hosts], [6, 3]);
    assert.deepEqual(shape.hostList(2), ['198.51.100.0', '198.51.100.1']);
  });
});
