/** Attaches a program of bare.bpf.c and stays. Usage: bare.ts INTERFACE PROGRAM */
import { BpfLink, BpfObject, interfaceIndex } from 'bpf-loader-native';

const OBJECT = new URL('../../build/bare.bpf.o', import.meta.url).pathname;

const [name, program] = process.argv.slice(2);
const object = BpfObject.open(OBJECT);
object.load();
const link = BpfLink.attachXdp(object.program(program!), interfaceIndex(name!), 'native');
console.log('ready');
setInterval(() => link.info(), 60_000); // an open link alone does not hold the process
