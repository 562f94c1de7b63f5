/** Prints what a URL answers. A process of its own, because it must run inside a network namespace. */
const response = await fetch(process.argv[2]!);
if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
process.stdout.write(await response.text());
