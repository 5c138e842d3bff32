// Node's cluster of two doing the measured work: cluster.js echo|http. It ends with its input.
'use strict';
const cluster = require('node:cluster');

const WORKERS = 2;

if (cluster.isPrimary) {
  let listening = 0;
  for (let i = 0; i < WORKERS; i++) {
    cluster.fork();
  }
  cluster.on('listening', (worker, address) => {
    listening++;
    if (listening === WORKERS) {
      console.log(`listening on port ${address.port}`);
    }
  });
  process.stdin.on('end', () => process.exit(0));
  process.stdin.resume();
} else if (process.argv[2] === 'http') {
  const http = require('node:http');
  const server = http.createServer((request, response) => {
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.setHeader('Content-Length', '13');
    response.end('Hello, World!');
  });
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
} else {
  const net = require('node:net');
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('data', (bytes) => socket.write(bytes));
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
}
