import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Everything is addressed relative to the page, so that one build works at /console/ of any
// address and behind a proxy that adds a path prefix.
export default defineConfig({
  base: './',
  plugins: [react()],
  build: {
    outDir: '../internal/console/assets/dist',
    emptyOutDir: true,
    assetsInlineLimit: 0, // the Content-Security-Policy allows no data: scripts or fonts
    modulePreload: { polyfill: false },
    target: 'es2022',
    chunkSizeWarningLimit: 1500,
  },
});
