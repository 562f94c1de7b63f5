/** Serves one text at every path of 127.0.0.1, until it is ended; says `ready`. Usage: node serve-file.ts PORT FILE */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [port, file] = process.argv.slice(2);
const text = readFileSync(file!);
createServer(
  (_, response) => void response.writeHead(200, { 'content-length': text.length }).end(text),
).listen(Number(port), '127.0.0.1', () => console.log('ready'));
