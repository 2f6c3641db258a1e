import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// Everything is a file of its own, so that the page works under `default-src 'self'`: nothing is
// inlined as a data URL, and no script or style stands in the HTML.
export default defineConfig({
  plugins: [react()],
  build: { assetsInlineLimit: 0, cssCodeSplit: false, modulePreload: { polyfill: false } },
  server: { proxy: { '/sandbox': 'http://127.0.0.1:8080', '/health': 'http://127.0.0.1:8080' } },
  test: { environment: 'node', include: ['test/**/*.test.ts'] },
});
