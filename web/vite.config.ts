import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// Everything is a file of its own, so that the pages work under `default-src 'self'`: nothing is
// inlined as a data URL, and no script or style stands in the HTML.
export default defineConfig({
  plugins: [react()],
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ['index.html', 'min-side.html', 'epj.html', 'konsoll.html', 'legevakt.html', 'tavle.html'],
      // The package does not say so, but its modules do nothing by being imported: a component that is not used is left out.
      treeshake: { moduleSideEffects: (id) => !id.includes('/@digdir/designsystemet-react/') },
    },
  },
  server: { proxy: { '/sandbox': 'http://127.0.0.1:8080', '/health': 'http://127.0.0.1:8080', '^/99': 'http://127.0.0.1:8080' } },
  test: { environment: 'node', include: ['test/**/*.test.ts'] },
});
