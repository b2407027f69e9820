// The least that can tell many pages: once a second the same event, of so many bytes, to all who came.
import { createServer } from 'node:http';

const [, , port, bytes] = process.argv;
const event = `data: ${'x'.repeat(Number(bytes))}\n\n`;
const pages = new Set();
const server = createServer((_, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  pages.add(response);
  response.on('close', () => pages.delete(response));
});
setInterval(() => pages.forEach((page) => page.write(event)), 1000);
server.listen(Number(port), '127.0.0.1', () => console.log('listening'));
