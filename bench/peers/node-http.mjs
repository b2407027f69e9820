// The least that a server on node:http can do: `GET /N` answers 32 bytes, `POST /` 64, whatever came.
import { createServer } from 'node:http';

const [bytes, digits] = [Buffer.alloc(32), 'a'.repeat(64)];
const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': 32 });
    return response.end(bytes);
  }
  request.on('data', () => {});
  request.on('end', () => {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 64 });
    response.end(digits);
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
