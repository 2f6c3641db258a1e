// Serves `dist/` on a free port as the binary does, with its content security policy and a small
// catalogue, so that the page can be tried without the server.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const kinds = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

const three = (text) => ({ nb: text, nn: text, en: text });
const catalogue = {
  personas: [
    { name: 'saksbehandler-nordvik', person: 'Bjørg Lillevik', authorisation: null, organisation: { name: 'Nordvik kommune' }, unit: { name: 'Helse- og velferdskontoret i Nordvik' }, purpose: 'COC', description: three('Registrerer vedtak om tjenester.') },
    { name: 'sykepleier-legevakt-nordvik', person: 'Nina Havnes', authorisation: { code: 'SP', display: 'Sykepleier' }, organisation: { name: 'Nordvik kommune' }, unit: { name: 'Legevakten i Nordvik' }, purpose: 'TREAT', description: three('Vurderer hastegrad.') },
    { name: 'vkp', person: null, authorisation: null, organisation: { name: 'Nordvik kommune' }, unit: null, purpose: null, description: three('Leverer målinger hjemmefra.') },
  ],
  citizens: [{ nin: '22750884907', name: 'Sander Vik', birthDate: '2008-10-22', note: three('Har ingen kommunale tjenester ennå.') }],
};

/** Starts; gives the address and a function that stops. */
export async function serve() {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    response.setHeader('content-security-policy', policy);
    response.setHeader('x-content-type-options', 'nosniff');
    if (path === '/sandbox/personas') {
      response.setHeader('content-type', 'application/json; charset=utf-8').end(JSON.stringify(catalogue));
      return;
    }
    const file = normalize(join(dist, path === '/' ? 'index.html' : path));
    try {
      if (!file.startsWith(dist)) throw new Error('outside');
      const body = await readFile(file);
      response.setHeader('content-type', kinds[extname(file)] ?? 'application/octet-stream').end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
