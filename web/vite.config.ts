import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

// compress puts .br and .gz beside what shrinks, for the hive to serve as they are.
function compress(dist: string): Plugin {
  return {
    name: 'compress',
    apply: 'build',
    closeBundle() {
      for (const name of readdirSync(dist, { recursive: true }) as string[]) {
        if (!/\.(js|mjs|css|html|svg|webmanifest|wasm)$/.test(name)) continue;
        const plain = readFileSync(join(dist, name));
        if (plain.length < 500) continue;
        writeFileSync(join(dist, name + '.br'), brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
        writeFileSync(join(dist, name + '.gz'), gzipSync(plain, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [svelte(), compress('dist')],
  build: {
    emptyOutDir: false, // README.txt stays; make clears the rest
    assetsInlineLimit: 0, // the policy of the page has no data: for code and style
    modulePreload: { polyfill: false },
    target: 'es2022',
    chunkSizeWarningLimit: 2000,
  },
  server: { proxy: { '/api': process.env.HIVE_URL ?? 'http://127.0.0.1:4483' } },
});
