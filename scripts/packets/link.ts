import { macBytes } from './address.ts';
import { be16, concat, ETHERTYPE_EXPERIMENTAL, type Layer, type Surroundings } from './layer.ts';

export type EthFields = {
  readonly dst?: string;
  readonly src?: string;
  readonly type?: number;
};

const ETHERTYPE_VLAN = 0x8100;
const ETHERTYPE_QINQ = 0x88a8; // 802.1ad

const announced = (around: Surroundings) => be16(around.next?.etherType ?? ETHERTYPE_EXPERIMENTAL);

/** Ethernet II. */
export function ethLayer(fields: EthFields): Layer {
  const head = concat(
    macBytes(fields.dst ?? '02:00:00:00:00:01'),
    macBytes(fields.src ?? '02:00:00:00:00:02'),
  );
  return {
    encode: (around) =>
      concat(head, fields.type === undefined ? announced(around) : be16(fields.type), around.payload),
  };
}

/** An 802.1Q tag. */
export const vlanLayer = (id: number): Layer => tagLayer(id, ETHERTYPE_VLAN);

/** The outer of two tags. `type` 0x9100 is what came before 802.1ad. */
export const qinqLayer = (id: number, type: number = ETHERTYPE_QINQ): Layer => tagLayer(id, type);

function tagLayer(id: number, etherType: number): Layer {
  return { etherType, encode: (around) => concat(be16(id), announced(around), around.payload) };
}
