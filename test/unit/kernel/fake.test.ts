import { dataPlaneContract } from '../../support/data-plane-contract.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';

dataPlaneContract(
  'fake',
  (capacity) => new FakeDataPlane(capacity),
  (dataPlane, ns) => (dataPlane as FakeDataPlane).advance(ns),
);
