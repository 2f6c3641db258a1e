// Run at the end of the build: what a browser must fetch before it shows the first view of a page, compressed, is below 200 kB.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const MOST = 200_000;
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const size = (file) => gzipSync(readFileSync(dist + file)).length;
let failed = false;

for (const page of readdirSync(dist).filter((name) => name.endsWith('.html'))) {
  const html = readFileSync(dist + page, 'utf8');
  // Entries, what is preloaded with them, and styles; all of it is named in the page.
  const files = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]);
  if (!files.some((file) => file.endsWith('.js'))) throw new Error(`${page} has no script`);
  const bytes = size(page) + files.reduce((sum, file) => sum + size(file), 0);
  console.log(`${page.padEnd(16)} ${(bytes / 1000).toFixed(0).padStart(4)} kB compressed, ${files.length} files`);
  failed ||= bytes > MOST;
}
if (failed) {
  console.error(`a first view is above ${MOST / 1000} kB`);
  process.exit(1);
}
